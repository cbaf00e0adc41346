import { Etcd3 } from "etcd3";
import { afterAll, describe, expect, test } from "vitest";
import { decodeTxn, encodeTxn, type TxnRequest } from "../src/wire/txn.ts";

/** What the package makes of these bytes, from etcd's own description of them. */
interface Described {
  readonly requestDeserialize: (bytes: Buffer) => object;
  readonly responseSerialize: (response: object) => Buffer;
}

class Package extends Etcd3 {
  describe(): Promise<Described> {
    return this.pool.withConnection("KV", ({ client }) => {
      const { service } = client.constructor as unknown as { readonly service: { readonly Txn: Described } };
      return service.Txn;
    });
  }
}

const etcd3 = new Package();
afterAll(() => etcd3.close());
const { requestDeserialize, responseSerialize } = await etcd3.describe();

const bytes = (text: string) => Buffer.from(text);
const read = (request: TxnRequest) => requestDeserialize(encodeTxn(request));

/** The fields that are there for certain, whatever was written. */
const rangeWith = (fields: object) => expect.objectContaining({ request_range: expect.objectContaining(fields) });
const putWith = (fields: object) => expect.objectContaining({ request_put: expect.objectContaining(fields) });

interface Put {
  readonly request_put: { readonly key: Buffer; readonly value: Buffer };
}

describe("a request", () => {
  test("has its conditions, and what is done in either case, each in its order", () => {
    const request: TxnRequest = {
      compare: [
        { key: "a", target: "Create", result: "Equal", number: "0" },
        { key: "b/ü", target: "Mod", result: "Less", number: "300" },
        { key: "c", target: "Version", result: "Greater", number: "9007199254740993" },
      ],
      success: [{ request_delete_range: { key: "d/", range_end: "d0" } }, { request_range: { key: "e" } }],
      failure: [{ request_range: { key: "f", limit: 1_000, keys_only: true } }, { request_txn: {} }],
    };
    expect(read(request)).toEqual({
      compare: [
        expect.objectContaining({ key: bytes("a"), target: "Create", result: "Equal", create_revision: "0" }),
        expect.objectContaining({ key: bytes("b/ü"), target: "Mod", result: "Less", mod_revision: "300" }),
        expect.objectContaining({ key: bytes("c"), target: "Version", result: "Greater", version: "9007199254740993" }),
      ],
      success: [
        expect.objectContaining({
          request_delete_range: { key: bytes("d/"), range_end: bytes("d0"), prev_kv: false },
        }),
        rangeWith({ key: bytes("e"), range_end: bytes(""), limit: "0", keys_only: false, count_only: false }),
      ],
      failure: [
        rangeWith({ key: bytes("f"), limit: "1000", keys_only: true }),
        expect.objectContaining({ request_txn: { compare: [], success: [], failure: [] } }),
      ],
    });
  });

  test("has its options", () => {
    const key = Buffer.of(0xff, 0);
    const request: TxnRequest = {
      success: [
        { request_put: { key: "a", value: bytes("1"), lease: "7587869340218365187" } },
        { request_put: { key: "b", value: bytes(""), ignore_lease: true, prev_kv: true } },
        { request_range: { key, range_end: "\0", count_only: true } },
      ],
    };
    expect(read(request)).toMatchObject({
      success: [
        putWith({ key: bytes("a"), value: bytes("1"), lease: "7587869340218365187", ignore_lease: false }),
        putWith({ key: bytes("b"), value: bytes(""), lease: "0", ignore_lease: true, prev_kv: true }),
        rangeWith({ key, range_end: bytes("\0"), keys_only: false, count_only: true }),
      ],
    });
  });

  test.each([0, 1, 127, 128, 1_000, 16_383, 16_384, 20_000])("has a value of %i bytes, and others around", (size) => {
    const value = Buffer.alloc(size, "v");
    const ops = [0, 1, 2].map((index) => ({ request_put: { key: `k/${index}`, value } }));
    const nested: TxnRequest = { success: [{ request_txn: { success: ops } }, ...ops] };
    const [inner, ...beside] = (read(nested) as { success: [{ request_txn: { success: Put[] } }, ...Put[]] }).success;
    const whole = ({ request_put: put }: Put) => [put.key.toString(), put.value.equals(value)];
    const all = ops.map(({ request_put: { key } }) => [key, true]);
    expect([inner.request_txn.success.map(whole), beside.map(whole)]).toEqual([all, all]);
  });

  test.each(["0", "1", "127", "128", "9007199254740991", "9007199254740992", "9223372036854775807", "-2"])(
    "has the number %s",
    (lease) => {
      const request: TxnRequest = { success: [{ request_put: { key: "k", value: bytes(""), lease } }] };
      expect(read(request)).toMatchObject({ success: [putWith({ lease })] });
    },
  );
});

describe("an answer", () => {
  const header = {
    cluster_id: "17237436991929493444",
    member_id: "9372538179322589801",
    revision: "12",
    raft_term: "3",
  };
  const kv = {
    key: bytes("k"),
    create_revision: "5",
    mod_revision: "9007199254740993",
    value: bytes("v"),
    lease: "-2",
  };
  const answer = (responses: readonly object[]) => decodeTxn(responseSerialize({ header, succeeded: true, responses }));

  test("tells what was found, of each operation in its order", () => {
    const within = { header: { revision: "12" } };
    const found = answer([
      {
        response_range: {
          ...within,
          kvs: [
            { ...kv, version: "2" },
            { key: bytes("l"), value: bytes("") },
          ],
          count: "2",
        },
      },
      { response_range: { ...within, more: true } },
      { response_put: within },
      { response_put: { ...within, prev_kv: kv } },
      { response_delete_range: { ...within, deleted: "1", prev_kvs: [kv] } },
      { response_txn: { ...within, responses: [{ response_range: { kvs: [kv] } }] } },
      { response_txn: { ...within, succeeded: true } },
    ]);
    const empty = { key: bytes("l"), create_revision: "0", mod_revision: "0", value: bytes(""), lease: "0" };
    expect(found).toEqual({
      header,
      succeeded: true,
      responses: [
        { response_range: { kvs: [kv, empty] } },
        { response_range: { kvs: [] } },
        { response_put: { prev_kv: undefined } },
        { response_put: { prev_kv: kv } },
        {},
        { response_txn: { succeeded: false, responses: [{ response_range: { kvs: [kv] } }] } },
        { response_txn: { succeeded: true, responses: [] } },
      ],
    });
  });

  test("is none where it ends too early or has no head", () => {
    const whole = responseSerialize({ header, succeeded: true, responses: [{ response_range: { kvs: [kv] } }] });
    for (let length = 0; length < 8; length += 1) expect(() => decodeTxn(whole.subarray(0, length))).toThrow();
    expect(() => decodeTxn(whole.subarray(0, -1))).toThrow(/too early/);
    expect(() => decodeTxn(Buffer.of(0x10, 1))).toThrow(/no header/);
  });

  test("may tell more than is known here", () => {
    const fixed = Buffer.of(0x79, 1, 2, 3, 4, 5, 6, 7, 8, 0x7d, 1, 2, 3, 4);
    const more = Buffer.concat([Buffer.of(0x78, 1, 0x82, 0x01, 1, 7), fixed]); // a number, a byte of something, eight bytes, and four
    const found = decodeTxn(
      Buffer.concat([more, responseSerialize({ header, succeeded: false, responses: [] }), more]),
    );
    expect(found).toEqual({ header, succeeded: false, responses: [] });
    for (const cut of [4, 8, 13]) expect(() => decodeTxn(fixed.subarray(0, cut))).toThrow("too early");
  });
});
