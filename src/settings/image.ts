import { matching } from './types.ts'

const DIGEST = 'sha256:[0-9a-f]{64}'

/** The name of an image without its tag, as container runtimes read it (distribution/reference). */
export const repository = matching(
  'the name of an image without its tag, such as registry.example.com/team/name',
  /^(?:[a-z0-9](?:[-.a-z0-9]*[a-z0-9])?(?::\d+)?\/)?[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/,
  255,
  {
    likely: text => text.toLowerCase(),
    hint: text => {
      if (/^https?:\/\//.test(text)) return 'Leave out the scheme: an image is no URL.'
      return /[:@][^/:@]*$/.test(text) ? 'The tag or digest after the name is a setting of its own.' : undefined
    },
  },
)

export const tag = matching(
  'the tag of an image or its digest (sha256: and 64 hexadecimal digits)',
  new RegExp(`^(?:\\w[-.\\w]{0,127}(?:@${DIGEST})?|${DIGEST})$`),
  200,
)

/** The operator takes it for the tag of the etcd image, so its "v" is needed. */
export const etcdVersion = matching(
  'a version of etcd as its images are tagged, such as v3.6.14',
  new RegExp(`^v\\d+\\.\\d+\\.\\d+[-.\\w]*(?:@${DIGEST})?$`),
  200,
  { likely: text => `v${text}` },
)
