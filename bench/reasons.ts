const COLD =
  'The floor is the runtime: the column of the empty program shows what a program of Bun that does nothing takes on the same machine, and no command can be quicker. What is above it is code that runs once per process, before any of it is compiled.'

/** Why a row misses its goal, by the row's id: the cause as it was found by profiling, with figures, or that it was not. */
export const REASONS: Readonly<Record<string, string>> = {
  'start-latency-api':
    'Traced on a busy machine, 27 ms from request to answer: the daemon until the anchor has the start 9, the keeper until it spawns 13, the spawn itself 3, the news of it back through keeper and daemon 4. A keeper runs its code once, so it runs cold, though loaded ahead of time; synchronous waits for the disk are no part of it any more.',
  'start-latency-cli':
    'Two commands of this runtime in a row, each of which loads Bun; tmux is a client of 1 MB.',
  'start-rate-api':
    'Each run has a keeper of its own, a process of this runtime: on two cores their loading alone bounds the rate. One is kept loaded for the run that starts alone; a burst pays for its own.',
  'start-rate-cli': COLD,
  'capture-pty-speed':
    "The kernel gives out a terminal's output in pieces of at most 4 KB, each through its own call: a pipe between terminal and file, which keeps the bytes out of this process's memory, takes one call more per piece than `cat` does.",
  'ps-up': COLD,
  'ps-down': COLD,
  tail: `${COLD} Measured alone it took 54.5 ms; what the difference in a whole run comes from was not looked into.`,
  'exit-to-event':
    'Three waits for the medium in a row (the outcome, its folder, the log of events): an end is told only when it would outlive a loss of power.',
  stop: 'Read from the code and not profiled: two listings of all processes of the machine, and the waits for the medium that come before an end is told. Measured alone it took 37.4 ms.',
  'keeper-idle-memory':
    "3.2 MB of a keeper's private memory is the heap of JavaScript with the code in it (smaps, no compiler running); what remains is the runtime's own data.",
  'keeper-flood-memory':
    'As above; the flood itself leaves next to nothing, its bytes never enter this process.',
}
