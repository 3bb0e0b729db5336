declare module 'templates' {
  import type { KubeObject } from '../kube/object.ts'

  /** Every object under templates/ by its path without ".yaml" (see bundle.js). */
  const templates: Readonly<Record<string, KubeObject>>
  export default templates
}
