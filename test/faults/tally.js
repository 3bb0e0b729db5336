/** Adds up what the fault suite did: `task.meta` of its tests says how many faults, and how many requests were killed at. */
export default class Tally {
  onTestRunEnd(modules) {
    const tests = modules
      .flatMap(module => [...module.children.allTests()])
      .filter(test => /test\/faults\//.test(test.module.moduleId))
    if (tests.length === 0) return
    const sum = read => tests.reduce((all, test) => all + (read(test.meta()) ?? 0), 0)
    const killed = command => sum(({ killed }) => killed?.[command])
    const broken = tests.filter(test => test.result().state === 'failed').length
    const kills = `setup ${killed('setup')}, env ${killed('env')}, cleanup ${killed('cleanup')}`
    console.log(
      `\n${sum(({ faults }) => faults)} faults injected; request indexes killed: ${kills}; invariants broken: ${broken}`,
    )
  }
}
