import type { Kind, Schema } from './kinds.ts'

/**
 * Fields of Kubernetes' own kinds that eg-setup sends, by the name of their Go type: `field:type`, where a type is int,
 * bool, string, {string} (a map), [Type] (a list) or another row. Fields without a type are known but not looked into.
 */
const SHAPES: Readonly<Record<string, string>> = {
  ObjectMeta:
    'name:string generateName:string namespace:string labels:{string} annotations:{string} uid resourceVersion generation creationTimestamp deletionTimestamp deletionGracePeriodSeconds ownerReferences finalizers managedFields selfLink',
  ConfigMap: 'data:{string} binaryData immutable:bool',
  Secret: 'data:{string} stringData:{string} immutable:bool type:string',
  ServiceAccount: 'secrets imagePullSecrets automountServiceAccountToken:bool',
  Service: 'spec:ServiceSpec status',
  ServiceSpec:
    'ports:[ServicePort] selector:{string} clusterIP:string clusterIPs type:string externalIPs sessionAffinity:string loadBalancerIP:string loadBalancerSourceRanges externalName:string externalTrafficPolicy:string healthCheckNodePort:int publishNotReadyAddresses:bool sessionAffinityConfig ipFamilies ipFamilyPolicy:string allocateLoadBalancerNodePorts:bool loadBalancerClass:string internalTrafficPolicy:string trafficDistribution:string',
  ServicePort: 'name:string protocol:string appProtocol:string port:int targetPort nodePort:int',
  Deployment: 'spec:DeploymentSpec status',
  DeploymentSpec:
    'replicas:int selector template:PodTemplateSpec strategy minReadySeconds:int revisionHistoryLimit:int paused:bool progressDeadlineSeconds:int',
  StatefulSet: 'spec:StatefulSetSpec status',
  StatefulSetSpec:
    'replicas:int selector template:PodTemplateSpec volumeClaimTemplates serviceName:string podManagementPolicy:string updateStrategy revisionHistoryLimit:int minReadySeconds:int persistentVolumeClaimRetentionPolicy ordinals',
  Pod: 'spec:PodSpec status',
  PodTemplateSpec: 'metadata:ObjectMeta spec:PodSpec',
  PodSpec:
    'volumes initContainers:[Container] containers:[Container] ephemeralContainers restartPolicy:string terminationGracePeriodSeconds:int activeDeadlineSeconds:int dnsPolicy:string nodeSelector:{string} serviceAccountName:string serviceAccount:string automountServiceAccountToken:bool nodeName:string hostNetwork:bool hostPID:bool hostIPC:bool shareProcessNamespace:bool securityContext imagePullSecrets hostname:string subdomain:string affinity schedulerName:string tolerations hostAliases priorityClassName:string priority:int dnsConfig readinessGates runtimeClassName:string enableServiceLinks:bool preemptionPolicy:string overhead topologySpreadConstraints setHostnameAsFQDN:bool os hostUsers:bool schedulingGates resourceClaims resources hostnameOverride',
  Container:
    'name:string image:string command args workingDir:string ports:[ContainerPort] envFrom env:[EnvVar] resources:ResourceRequirements resizePolicy restartPolicy:string restartPolicyRules volumeMounts:[VolumeMount] volumeDevices livenessProbe:Probe readinessProbe:Probe startupProbe:Probe lifecycle terminationMessagePath terminationMessagePolicy imagePullPolicy:string securityContext:SecurityContext stdin:bool stdinOnce:bool tty:bool',
  ContainerPort: 'name:string hostPort:int containerPort:int protocol:string hostIP:string',
  EnvVar: 'name:string value:string valueFrom',
  VolumeMount:
    'name:string readOnly:bool recursiveReadOnly mountPath:string subPath:string mountPropagation subPathExpr:string',
  Probe:
    'httpGet exec tcpSocket grpc initialDelaySeconds:int timeoutSeconds:int periodSeconds:int successThreshold:int failureThreshold:int terminationGracePeriodSeconds:int',
  ResourceRequirements: 'limits:{quantity} requests:{quantity} claims',
  SecurityContext:
    'capabilities privileged:bool seLinuxOptions windowsOptions runAsUser:int runAsGroup:int runAsNonRoot:bool readOnlyRootFilesystem:bool allowPrivilegeEscalation:bool procMount:string seccompProfile appArmorProfile',
  Role: 'rules',
  ClusterRole: 'rules aggregationRule',
  RoleBinding: 'subjects roleRef',
  ClusterRoleBinding: 'subjects roleRef',
  CustomResourceDefinition: 'spec:CustomResourceDefinitionSpec status',
  CustomResourceDefinitionSpec: 'group:string names scope:string versions conversion preserveUnknownFields:bool',
  Lease: 'spec:LeaseSpec',
  LeaseSpec:
    'holderIdentity:string leaseDurationSeconds:int acquireTime:string renewTime:string leaseTransitions:int strategy:string preferredHolder:string',
  NetworkPolicy: 'spec:NetworkPolicySpec status',
  NetworkPolicySpec: 'podSelector ingress egress policyTypes',
  Ingress: 'spec:IngressSpec status',
  IngressSpec: 'ingressClassName:string defaultBackend tls rules',
  PodDisruptionBudget: 'spec:PodDisruptionBudgetSpec status',
  PodDisruptionBudgetSpec: 'minAvailable maxUnavailable selector unhealthyPodEvictionPolicy:string',
}

const ANY: Schema = { 'x-kubernetes-preserve-unknown-fields': true }
const SCALARS: Readonly<Record<string, Schema>> = {
  string: { type: 'string' },
  int: { type: 'integer', format: 'int32' },
  bool: { type: 'boolean' },
  quantity: { format: 'quantity' },
}

function schemaOf(type: string | undefined): Schema {
  if (type === undefined) return ANY
  const inner = type.slice(1, -1)
  if (type.startsWith('[')) return { type: 'array', items: schemaOf(inner) }
  if (type.startsWith('{')) return { type: 'object', additionalProperties: schemaOf(inner) }
  const scalar = SCALARS[type]
  if (scalar) return scalar
  const known = SCHEMAS.get(type)
  if (known) return known
  const properties: Record<string, Schema> = {}
  const schema = { type: 'object', title: type, properties }
  SCHEMAS.set(type, schema)
  for (const field of SHAPES[type]!.split(' ')) {
    const [name = '', fieldType] = field.split(':')
    properties[name] = schemaOf(fieldType)
  }
  return schema
}
const SCHEMAS = new Map<string, Schema>()

const META = schemaOf('ObjectMeta')

/** What is known of the fields of a kind; for custom resources, what their definition says. */
export function fieldsOf(kind: Kind): Schema {
  const common = { apiVersion: SCALARS['string']!, kind: SCALARS['string']!, metadata: META }
  const own = kind.schema ?? (SHAPES[kind.kind] ? schemaOf(kind.kind) : ANY)
  return { ...own, title: kind.kind, properties: { ...own.properties, ...common } }
}
