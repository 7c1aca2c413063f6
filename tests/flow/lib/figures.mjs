// Figures: quantiles of what was measured, and what processes cost.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { childrenOf } from './process.mjs'

const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK']))

/** The smallest value that is not below this share of the values. */
export function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)]
}

export function summary(values) {
  return { p50: quantile(values, 0.5), p99: quantile(values, 0.99), max: Math.max(...values) }
}

/** A process and everything it started. */
function familyOf(pid) {
  return [pid, ...childrenOf(pid).flatMap((child) => familyOf(child.pid))]
}

/** Seconds of processor time that these processes and their children took until now. */
function secondsOf(pids) {
  const ticks = pids.flatMap(familyOf).map((pid) => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')
    return Number(fields[11]) + Number(fields[12])
  })
  return ticks.reduce((sum, each) => sum + each, 0) / TICKS_PER_SECOND
}

/** Cores that each group of processes takes, measured together over a while. */
export async function coresOf(groups, milliseconds) {
  const before = groups.map(secondsOf)
  const began = performance.now()
  await pause(milliseconds)
  const seconds = (performance.now() - began) / 1000
  return groups.map((pids, at) => (secondsOf(pids) - before[at]) / seconds)
}

/** MiB that processes and their children have to themselves (PSS: shared pages count in part). */
export function mebibytesOf(pids) {
  const kibibytes = pids.flatMap(familyOf).map((pid) =>
    Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))[1]))
  return kibibytes.reduce((sum, each) => sum + each, 0) / 1024
}
