import type { Check } from './check.ts'
import { DRY_RUN } from './dry-run.ts'
import { OTHERS } from './existing.ts'
import { NAMESPACE } from './namespace.ts'
import { NODES } from './nodes.ts'
import { RIGHTS } from './rights.ts'
import { SERVER } from './server.ts'
import { STORAGE } from './storage.ts'
import { VERSIONS } from './versions.ts'

/** Every check, a row each, in the order in which they are told. */
export const CHECKS: readonly Check[] = [
  ...SERVER,
  ...RIGHTS,
  ...NAMESPACE,
  ...STORAGE,
  ...OTHERS,
  ...VERSIONS,
  ...NODES,
  ...DRY_RUN,
]
