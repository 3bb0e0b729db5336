import { gatewayChoices, readGatewayApi } from '../cluster/gateway-api.ts'
import { exposureOf } from '../setup/propose.ts'
import { isRemoval, settingsOf } from '../setup/request.ts'
import { oneLine } from '../text/sanitize.ts'
import type { Question } from './question.ts'

/** Before the name of a class; the name of a Gateway has no colon. */
const NEW = 'class:'

/** Which Gateway leads to the event gateway: an existing one that admits its route, or a new one. Not asked if there is one answer. */
export const GATEWAY: Question = {
  flags: ['gateway', 'gateway-class'],
  prompt: async (request, { site: { kube, flavour, namespace, records } }) => {
    const settings = settingsOf(request, records.eg)
    if (isRemoval(request) || exposureOf(settings, records.eg, flavour) !== 'gateway-api') return undefined
    const { 'gatewayApi.gateway': gateway, 'gatewayApi.className': className, host } = settings
    if ((gateway !== '' || className !== '') && request.flags.next !== 'change') return undefined
    const { gateways, classes } = gatewayChoices(await readGatewayApi(kube, namespace), host, namespace)
    const admitting = gateways.filter(({ refusal }) => refusal === undefined)
    if (admitting.length === 0 && classes.length < 2) return undefined
    const refused = gateways.flatMap(({ name, refusal }) => (refusal ? [`${oneLine(name)}: ${refusal}.`] : []))
    const choices = [
      ...classes.map(name => ({ value: NEW + name, label: `New Gateway of class ${oneLine(name)}` })),
      ...admitting.map(({ name }) => ({ value: name, label: `Gateway ${oneLine(name)}`, hint: 'exists' })),
    ]
    const former = choices.find(({ value }) => value === gateway || value === NEW + className)
    return {
      kind: 'select',
      message: 'Which Gateway?',
      help:
        refused.length > 0
          ? `Not available: ${refused.join(' ')}`
          : 'Clients reach the event gateway through this Gateway.',
      choices,
      initial: (former ?? choices[0]!).value,
    }
  },
  take: (answer, request, { site }) => {
    const isNew = answer.startsWith(NEW)
    const settings = settingsOf(request, site.records.eg)
    const former = isNew ? 'gatewayApi.gateway' : 'gatewayApi.className'
    return {
      ...(settings[former] !== '' && { set: [...(request.flags.set ?? []), `${former}=null`] }),
      ...(isNew ? { 'gateway-class': answer.slice(NEW.length) } : { gateway: answer }),
    }
  },
}
