/** Who is in which room. A room exists while somebody is in it. */
export class Rooms<Member> {
  readonly #rooms = new Map<string, Set<Member>>();

  join(room: string, member: Member): void {
    const members = this.#rooms.get(room);
    if (members) members.add(member);
    else this.#rooms.set(room, new Set([member]));
  }

  leave(room: string, member: Member): void {
    const members = this.#rooms.get(room);
    if (members?.delete(member) && members.size === 0) this.#rooms.delete(room);
  }

  has(room: string): boolean {
    return this.#rooms.has(room);
  }

  /** Whether nobody is anywhere. */
  get empty(): boolean {
    return this.#rooms.size === 0;
  }

  /** Everybody who is in one of the rooms, each once. */
  members(rooms: Iterable<string>): Set<Member> {
    const found = new Set<Member>();
    for (const room of rooms) for (const member of this.#rooms.get(room) ?? []) found.add(member);
    return found;
  }

  /** Everybody. */
  everyone(): Set<Member> {
    return this.members(this.#rooms.keys());
  }
}

/** A room's name within all tenants. */
export function roomOf(tenantId: string, room: string): string {
  return `${tenantId}/${room}`;
}
