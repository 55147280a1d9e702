/** A value that is here, or a promise of it. */
export type Awaitable<T> = T | Promise<T>;

/** `next` of a value: at once where the value is here, so that what is synchronous stays so; else when it has come. */
export function after<A, B>(value: Awaitable<A>, next: (value: A) => Awaitable<B>): Awaitable<B> {
  return isPromise(value) ? value.then(next) : next(value);
}

/** Any thenable counts: libraries have promises of their own. */
function isPromise<T>(value: Awaitable<T>): value is Promise<T> {
  return typeof value === 'object' && value !== null && typeof (value as Partial<Promise<T>>).then === 'function';
}
