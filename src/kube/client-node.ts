/**
 * All that is used of @kubernetes/client-node: the types of objects, the login through proxies and identity providers
 * (KubeConfig), and the WebSocket of a port-forward. Kubeconfigs are read and merged, plugins run and requests sent by
 * `login/` and `request/`: the library refuses most multi-file KUBECONFIGs that kubectl takes, and loading its clients takes
 * longer than a whole `eg-setup env`. For that reason the modules are named one by one.
 */
export type {
  V1Condition,
  V1Container,
  V1ContainerStatus,
  V1Deployment,
  V1Node,
  V1ObjectMeta,
  V1Pod,
  V1PodSpec,
  V1StatefulSet,
} from '@kubernetes/client-node'
export { KubeConfig } from '@kubernetes/client-node/dist/config.js'
export { WebSocketHandler } from '@kubernetes/client-node/dist/web-socket-handler.js'
