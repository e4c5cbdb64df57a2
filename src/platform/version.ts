declare const FETTLE_VERSION: string | undefined

/** Version of this build; `0.0.0-dev` when run from source. */
export const VERSION: string = typeof FETTLE_VERSION === 'string' ? FETTLE_VERSION : '0.0.0-dev'
