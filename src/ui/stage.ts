import type { Io } from '../io.ts'
import type { Reporter } from './reporter.ts'

type Screen = { reporter: Reporter; io: Pick<Io, 'signal'> }

/** Runs `work` as a stage of the screen, and gives its result. An error shows the stage as failed, except after Ctrl-C. */
export async function runStage<T>(title: string, { reporter, io }: Screen, work: () => Promise<T>): Promise<T> {
  reporter.step(title)
  try {
    return await work()
  } catch (error) {
    if (!io.signal.aborted) reporter.failed()
    reporter.pause()
    throw error
  }
}
