/**
 * What the locks protect. It lives in the parent and knows nothing of locks: it counts who is inside, and refuses a
 * write with a lower fencing token than it has seen. That is all a resource has to do to be safe from late writes.
 */
export class Resource {
  readonly entered: { readonly who: string; readonly token: bigint }[] = [];
  readonly #inside = new Set<string>();
  #mostInside = 0;
  #highest = 0n;

  /** How many there were inside at once, at most. */
  get mostInside(): number {
    return this.#mostInside;
  }

  enter(who: string, token: bigint): void {
    this.entered.push({ who, token });
    this.#inside.add(who);
    this.#mostInside = Math.max(this.#mostInside, this.#inside.size);
  }

  leave(who: string): void {
    this.#inside.delete(who);
  }

  write(token: bigint): "accepted" | "refused" {
    if (token < this.#highest) return "refused";
    this.#highest = token;
    return "accepted";
  }
}

/** What one worker can do with the resource. */
export function resourceFor(who: string, resource: Resource) {
  return {
    enter: (token: bigint) => resource.enter(who, token),
    leave: () => resource.leave(who),
    write: (token: bigint) => resource.write(token),
  };
}

export type ResourceCalls = ReturnType<typeof resourceFor>;
