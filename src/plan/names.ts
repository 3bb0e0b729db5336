/** The operator's own namespace, as in its published manifest: it serves the whole cluster. */
export const OPERATOR_NAMESPACE = 'etcd-operator-system'

/** The gateway's Deployment and Service, as the guide names them. */
export const GATEWAY = 'eg-event-gateway'
