import { matching } from './types.ts'

const DIGEST = 'sha256:[0-9a-f]{64}'

/** The name of an image without its tag, as container runtimes read it (distribution/reference). */
export const repository = matching(
  'an image name without a tag, such as registry.example.com/team/name',
  /^(?:[a-z0-9](?:[-.a-z0-9]*[a-z0-9])?(?::\d+)?\/)?[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/,
  255,
  {
    likely: text => text.toLowerCase(),
    hint: text => {
      if (/^https?:\/\//.test(text)) return 'Remove the scheme: an image name is not a URL.'
      return /[:@][^/:@]*$/.test(text) ? 'Use the separate setting for the tag or digest.' : undefined
    },
  },
)

export const tag = matching(
  'an image tag or digest (sha256: and 64 hexadecimal digits)',
  new RegExp(`^(?:\\w[-.\\w]{0,127}(?:@${DIGEST})?|${DIGEST})$`),
  200,
)

/** The operator takes it for the tag of the etcd image, so its "v" is needed. */
export const etcdVersion = matching(
  'a tag of the etcd image, such as v3.6.14',
  new RegExp(`^v\\d+\\.\\d+\\.\\d+[-.\\w]*(?:@${DIGEST})?$`),
  200,
  { likely: text => `v${text}` },
)
