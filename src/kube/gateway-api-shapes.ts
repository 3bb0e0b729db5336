import * as v from 'valibot'
import { conditions, list, need, number, object, some, text, texts } from './schema-parts.ts'

/** What the kinds of Gateway API v1 have to look like. */
export const GATEWAY_API = {
  Gateway: object({
    spec: some({
      gatewayClassName: text,
      listeners: list(
        need({
          name: text,
          port: number,
          protocol: text,
          hostname: text,
          allowedRoutes: some({
            namespaces: some({ from: text, selector: some({ matchLabels: texts }) }),
            kinds: list(need({ kind: text })),
          }),
        }),
      ),
    }),
    status: some({
      addresses: list(need({ type: text, value: text })),
      conditions,
      listeners: list(need({ name: text, conditions })),
    }),
  }),
  GatewayClass: object({ spec: some({ controllerName: text }), status: some({ conditions }) }),
  HTTPRoute: object({
    spec: some({
      parentRefs: list(need({ name: v.string(), namespace: text, sectionName: text })),
      hostnames: list(v.string()),
      rules: list(need({ backendRefs: list(need({ name: text, port: number })) })),
    }),
    status: some({
      parents: list(need({ parentRef: some({ name: text, namespace: text, sectionName: text }), conditions })),
    }),
  }),
}
