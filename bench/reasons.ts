/** Why a row misses its goal, by the row's id: the cause as it was found by profiling, with figures. */
export const REASONS: Readonly<Record<string, string>> = {}
