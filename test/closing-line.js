/** Closes a run with one line that any log reader understands, after vitest's own summary. */
export default class ClosingLine {
  onTestRunEnd(modules) {
    const count = { passed: 0, failed: 0, skipped: 0 }
    let broken = 0
    for (const module of modules) {
      if (module.errors().length > 0) broken++
      for (const test of module.children.allTests())
        count[test.result().state === 'pending' ? 'failed' : test.result().state]++
    }
    const skipped = count.skipped === 0 ? '' : `, ${count.skipped} skipped`
    console.log(`\n${count.passed} passed, ${count.failed + broken} failed${skipped}`)
  }
}
