/** Where a member stands, between two others. Alone, it is its own neighbour. */
class Place<T> {
  before: Place<T> = this;
  after: Place<T> = this;
  member: T | undefined;

  constructor(member?: T) {
    this.member = member;
  }
}

/**
 * Those who are there just now, in the order in which they came: for what lives long and has members that come and go with each
 * hold. A `Set` would have the garbage collector keep all that hangs on them: it moves to a larger table ever again, and the old
 * ones, which refer to who was there, are garbage of the kind that is collected late.
 */
export class Roster<T> implements Iterable<T> {
  readonly #end = new Place<T>();

  get isEmpty(): boolean {
    return this.#end.after === this.#end;
  }

  /** The result takes it away, once. */
  add(member: T): () => void {
    const place = new Place(member);
    const [last, end] = [this.#end.before, this.#end];
    place.before = last;
    place.after = end;
    last.after = place;
    end.before = place;
    return () => leave(place);
  }

  clear(): void {
    while (!this.isEmpty) leave(this.#end.after);
  }

  /** Those who are there when it begins, whoever leaves meanwhile. */
  [Symbol.iterator](): Iterator<T> {
    const members: T[] = [];
    for (let place = this.#end.after; place !== this.#end; place = place.after) members.push(place.member as T);
    return members[Symbol.iterator]();
  }
}

function leave(place: Place<unknown>): void {
  place.before.after = place.after;
  place.after.before = place.before;
  place.before = place;
  place.after = place;
  place.member = undefined;
}
