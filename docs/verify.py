#!/usr/bin/env python3
"""Checks an archive of `zhida export --audit` with the Python standard library alone.

usage: python3 verify.py bundle.zip [public key of the log, in Base64]

Every byte, every entry, the hash of every event, the Merkle tree (RFC 6962) under all signed heads,
the signatures (ed25519, RFC 8032), the sums of both ledgers. What it does not do is execute the log
again: `zhida verify bundle.zip` does.
"""
import base64, collections, hashlib, json, os, struct, sys, zipfile

P, Q = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D, BUDGET = -121665 * pow(121666, -1, P) % P, "GRANTED AVAILABLE RESERVED COMMITTED SPENT".split()
sha256 = lambda data: hashlib.sha256(data).digest()

def check(holds, what):
    if not holds:
        sys.exit(f"FAULT: {what}")

def point(data):
    y = int.from_bytes(data, "little") & (1 << 255) - 1
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    root = pow(square, (P + 3) // 8, P)
    x = root if root * root % P == square else root * pow(2, (P - 1) // 4, P) % P
    check(x * x % P == square and y < P, "a key or signature is no point of the curve")
    return (x if x & 1 == data[31] >> 7 else P - x), y

def add(a, b):
    t = D * a[0] * b[0] * a[1] * b[1] % P
    return ((a[0] * b[1] + a[1] * b[0]) * pow(1 + t, -1, P) % P, (a[1] * b[1] + a[0] * b[0]) * pow(1 - t, -1, P) % P)

def times(number, a):
    total = (0, 1)
    for bit in bin(number)[2:]:
        total = add(total, total)
        total = add(total, a) if bit == "1" else total
    return total

def signed(note, key):
    """The lines that a signed note (C2SP) vouches for."""
    text, signature = note.rsplit("\n\n", 1)
    signature = base64.b64decode(signature.split(" ")[-1])[4:]
    number = int.from_bytes(signature[32:], "little")
    hashed = hashlib.sha512(signature[:32] + key + text.encode() + b"\n").digest()
    right = add(point(signature[:32]), times(int.from_bytes(hashed, "little") % Q, point(key)))
    base = point(bytes.fromhex("58" + "66" * 31))
    check(number < Q and times(number, base) == right, f"signature of {text.splitlines()[:2]}")
    return text.split("\n")

def verify(path, pinned=None):
    with open(path, "rb") as file:
        whole, left = hashlib.sha256(), os.path.getsize(path) - 64
        while left > 0:
            left -= whole.update(chunk := file.read(min(left, 1 << 20))) or len(chunk)
        check(file.read() == whole.hexdigest().encode(), "the bytes of the file are not those that were sealed")
    bundle = zipfile.ZipFile(path)
    lines = lambda name: map(json.loads, bundle.open(name))
    manifest = json.loads(bundle.read("manifest.json"))
    check(pinned in (None, manifest["public_key"]), "the key is not the one given")
    note = signed(bundle.read("manifest.note").decode(), base64.b64decode(manifest["public_key"]))
    check(note[1] == "bundle " + sha256(bundle.read("manifest.json")).hex(), "the manifest is not what was signed")
    names = {entry["path"] for entry in manifest["entries"]} | {"manifest.json", "manifest.note"}
    check(sorted(names) == sorted(bundle.namelist()), "entries are missing, stray or double")
    for entry in manifest["entries"]:
        digest = hashlib.sha256()
        with bundle.open(entry["path"]) as stream:
            while chunk := stream.read(1 << 20):
                digest.update(chunk)
        check(digest.hexdigest() == entry["sha256"], f"content of {entry['path']}")
        check(entry["path"][:6] != "files/" or entry["path"][6:] == entry["sha256"], f"name of {entry['path']}")
    keys = [base64.b64decode(key["public_key"]) for key in json.loads(bundle.read("log/keys.json"))["keys"]]
    heads = {}
    for head in lines("log/heads.jsonl"):
        name = base64.b64decode(head["note"].split(" ")[-1])[:4]
        key = [key for key in keys if sha256(f"{manifest['origin']}\n\x01".encode() + key)[:4] == name]
        _, size, root, *_ = signed(head["note"], key[0])
        heads[int(size)] = base64.b64decode(root)
    peaks, size = [], 0  # of the Merkle tree: hash and number of leaves
    for event in lines("log/events.jsonl"):
        size, leaf = size + 1, bytes.fromhex(event["leaf"])
        check(event["sequence"] == size, f"event {size} is missing")
        if "body" in event:
            kind, body = event["kind"].encode(), event["body"].encode()
            content = b"zhida event 1\n" + struct.pack(">QqI", size, event["at"], len(kind)) + kind + body
            check(leaf == sha256(b"\0" + content), f"event {size} is not what was hashed")
        peaks.append((leaf, 1))
        while len(peaks) > 1 and peaks[-2][1] == peaks[-1][1]:
            (right, count), (left, _) = peaks.pop(), peaks.pop()
            peaks.append((sha256(b"\1" + left + right), 2 * count))
        if size in heads:
            root = peaks[-1][0]
            for left, _ in reversed(peaks[:-1]):
                root = sha256(b"\1" + left + root)
            check(root == heads[size], f"the first {size} events are not those of their signed head")
    check(size == manifest["size"] == max(heads), "the log is shorter or longer than its last head")
    sums = collections.Counter()
    for posting in lines("books/postings.jsonl"):
        sums[posting["sequence"], posting["line"], posting["account"] in BUDGET] += posting["fen"]
    check(not any(sums.values()), f"postings of (event, line) {[key[:2] for key, fen in sums.items() if fen][:1]}")
    print(f"sound: {size} events, {len(heads)} heads, {len(names)} entries, root {heads[size].hex()}")

if __name__ == "__main__":
    verify(*sys.argv[1:])
