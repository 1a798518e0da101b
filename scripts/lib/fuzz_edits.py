# Random changes of files: of their bytes, and of what their formats consist of.
# SPDX-License-Identifier: MIT
"""`random` is a random.Random, `others` are further files of the format to take pieces from."""

import copy
import io
import json
import pickletools
import struct
import zipfile

EDGES = (0, 1, 2, 7, 8, 255, 256, 65535, 65536, 2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**53, 2**63 - 1, 2**63, 2**64 - 1, -1, -2, -(2**31), -(2**63))
FRACTIONS = (0.5, -0.0, 1e308, 1e-320, 3.5e38, float("nan"), float("inf"))
TEXTS = ("", "a", "\n", "../x", "\u00e9", "\0", "F32", "__metadata__", "x" * 300)
MAX_GROWTH = 1 << 16  # bytes


def edit_bytes(data, random, others):
    """Changes up to four places: bits, numbers, pieces that are removed, repeated or taken from another file."""
    data = bytearray(data)
    for _ in range(random.randint(1, 4)):
        at, size = random.randint(0, len(data)), random.choice((1, 1, 2, 4, 8, 32))
        kind = random.randrange(6)
        if kind == 0 and at < len(data):
            data[at] ^= 1 << random.randrange(8)
        elif kind == 1:
            number = random.choice(EDGES) % 2 ** (8 * min(size, 8))
            data[at : at + size] = number.to_bytes(min(size, 8), random.choice(("little", "big")))
        elif kind == 2:
            del data[at : at + size]
        elif kind == 3:
            data[at:at] = data[at : at + size]
        elif kind == 4:
            other = random.choice(others)
            start = random.randint(0, len(other))
            data[at : at + size] = other[start : start + random.choice((size, 64))]
        elif random.random() < 0.2:
            del data[at:]
    return bytes(data)


def new_value(random):
    """Returns a value at which readers of JSON err."""
    kinds = (random.choice(EDGES), random.choice(FRACTIONS), random.choice(TEXTS), None, True, [], {}, [0], [1, 2, 3, 4])
    return copy.deepcopy(random.choice(kinds))


def edit_value(root, random):
    """Changes one value inside lists and dictionaries; returns the root."""
    places = [(None, None, root)]
    for _, _, value in places:  # grows while it is read
        pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        places += [(value, key, inner) for key, inner in pairs]
    holder, key, value = random.choice(places)
    changed = random.choice((new_value(random), copy.deepcopy(random.choice(places)[2]), value))
    if holder is None:
        return changed
    kind = random.randrange(5)
    if kind == 0:
        del holder[key]
    elif kind == 1 and isinstance(holder, list):
        holder.insert(key, copy.deepcopy(value))
    elif kind == 1:
        holder[random.choice(TEXTS) or key + "x"] = copy.deepcopy(value)
    elif kind == 2 and isinstance(value, int):
        holder[key] = value + random.choice((-1, 1, 4, -4))
    else:
        holder[key] = changed
    return root


def edit_json(text, random):
    """The same for JSON as bytes; text that is no JSON stays as it is."""
    try:
        root = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return json.dumps(edit_value(root, random), ensure_ascii=random.random() < 0.5).encode(errors="surrogatepass")


def edit_safetensors(data, random, others):
    """Changes the header, and corrects its length."""
    length = struct.unpack("<Q", data[:8])[0] if len(data) >= 8 else len(data)
    if length > len(data) - 8 or random.random() < 0.3:
        return edit_bytes(data, random, others)
    header = edit_json(data[8 : 8 + length], random)
    return struct.pack("<Q", len(header)) + header + data[8 + length :]


def edit_lines(data, random, others):
    """Changes the JSON of one line."""
    lines = data.split(b"\n")
    k = random.randrange(len(lines))
    if random.random() < 0.3:
        return edit_bytes(data, random, others)
    lines[k] = edit_json(lines[k], random)
    return b"\n".join(lines)


def edit_pickle(data, random, others):
    """Removes, repeats, exchanges or replaces opcodes, also by those of another file; the bytes after the pickles stay."""
    try:
        mine, theirs = opcodes(data), opcodes(random.choice(others))
    except Exception:  # noqa: BLE001  # pickletools raises several kinds
        return edit_bytes(data, random, others)
    for _ in range(random.randint(1, 3)):
        at = random.randrange(len(mine))
        kind = random.randrange(5)
        if kind == 0:
            del mine[at]
        elif kind == 1:
            mine.insert(at, mine[random.randrange(len(mine))])
        elif kind == 2:
            mine[at] = random.choice(theirs)
        elif kind == 3:
            mine[at] = edit_bytes(mine[at], random, others)
        else:
            mine.insert(at, random.choice((b"K\x00", b"J\xff\xff\xff\xff", b"\x8a\x08" + b"\x7f" * 8, b"G" + b"\x7f" * 8, b"N", b")", b"]", b"}", b"\x85", b"(")))
        mine = mine or [b"."]
    return b"".join(mine)


def opcodes(data):
    """Returns the bytes of every opcode of the pickles that follow each other, and what follows them."""
    stream, out = io.BytesIO(data), []
    while stream.tell() < len(data) and data[stream.tell()] == 0x80:
        start = stream.tell()
        places = [at for _, _, at in pickletools.genops(stream)] + [stream.tell()]
        out += [data[a:b] for a, b in zip(places, places[1:], strict=False)] or [data[start : stream.tell()]]
    return out + [data[stream.tell() :]]


def edit_torch(data, random, others):
    """Changes the pickle in a zip file, or a chain of pickles."""
    if not data.startswith(b"PK") or random.random() < 0.3:
        chains = [other for other in others if not other.startswith(b"PK")]
        return edit_bytes(data, random, others) if data.startswith(b"PK") else edit_pickle(data, random, chains or [data])
    return edit_zip(data, random, others, lambda member: edit_pickle(member, random, [member]))


def edit_zip(data, random, others, edit):
    """Writes the members again, one of them changed, removed or named otherwise."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [(info.filename, archive.read(info)) for info in archive.infolist() if info.file_size < MAX_GROWTH]
    except Exception:  # noqa: BLE001  # zipfile raises several kinds
        return edit_bytes(data, random, others)
    if not members:
        return edit_bytes(data, random, others)
    k, kind = random.randrange(len(members)), random.randrange(6)
    name, member = members[k]
    if kind == 0:
        del members[k]
    elif kind == 1:
        members[k] = (name + random.choice(TEXTS[1:4]), member)
    else:
        members[k] = (name, edit(member))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED if random.random() < 0.2 else zipfile.ZIP_STORED) as archive:
        for name, member in members:
            archive.writestr(zipfile.ZipInfo(name), member)
    return out.getvalue()


def edit_npz(data, random, others):
    if not data.startswith(b"PK") or random.random() < 0.3:
        return edit_bytes(data, random, others)
    return edit_zip(data, random, others, lambda member: edit_bytes(member, random, [member]))


def edit_message(message, random):
    """Changes one field of a protocol buffer, at any depth."""
    messages = [message]
    for one in messages:  # grows while it is read
        for field, value in one.ListFields():
            if field.message_type is not None:
                messages += list(value) if is_list(field) else [value]
    one = random.choice(messages)
    present = [field for field, _ in one.ListFields()]
    field = random.choice(present if present and random.random() < 0.8 else one.DESCRIPTOR.fields)
    if field.message_type is not None or (is_list(field) and random.random() < 0.5):
        edit_list(one, field, random)
        return
    value = new_scalar(field, random)
    if value is None:
        one.ClearField(field.name)
    elif is_list(field):
        getattr(one, field.name).append(value)
    else:
        setattr(one, field.name, value)


def is_list(field):
    return field.is_repeated if hasattr(field, "is_repeated") else field.label == field.LABEL_REPEATED  # newer versions have no label


def edit_list(message, field, random):
    """Removes, repeats or adds an element, or clears the field."""
    if not is_list(field):
        message.ClearField(field.name) if random.random() < 0.5 else getattr(message, field.name).SetInParent()
        return
    elements = getattr(message, field.name)
    kind = random.randrange(4)
    if kind == 0 and len(elements) > 0:
        del elements[random.randrange(len(elements))]
    elif kind == 1 and len(elements) > 1 and field.message_type is not None:
        a, b = random.randrange(len(elements)), random.randrange(len(elements))
        elements[a].CopyFrom(copy.deepcopy(elements[b]))
    elif len(elements) > 0:
        repeated = copy.deepcopy(elements[random.randrange(len(elements))])
        elements.append(repeated)
    elif field.message_type is not None:
        elements.add()


def new_scalar(field, random):
    """Returns a value that the field can hold; None clears it."""
    if random.random() < 0.1:
        return None
    if field.cpp_type in (field.CPPTYPE_FLOAT, field.CPPTYPE_DOUBLE):
        return random.choice((0.0, *FRACTIONS)) if field.cpp_type == field.CPPTYPE_DOUBLE else random.choice((0.0, 0.5, -1.0, 3e38, float("nan"), float("inf")))
    if field.cpp_type == field.CPPTYPE_STRING:
        text = random.choice((*TEXTS, "x", "y", "w", "b", "Conv", "Relu", "auto_pad", "SAME_UPPER", "pads"))
        return text.encode() if field.type == field.TYPE_BYTES else text
    if field.cpp_type == field.CPPTYPE_ENUM:
        return random.choice([value.number for value in field.enum_type.values])
    if field.cpp_type == field.CPPTYPE_BOOL:
        return random.random() < 0.5
    bits, signed = (32 if field.cpp_type in (field.CPPTYPE_INT32, field.CPPTYPE_UINT32) else 64), field.cpp_type in (field.CPPTYPE_INT32, field.CPPTYPE_INT64)
    number = random.choice((random.randint(0, 20), random.choice(EDGES))) % 2**bits
    return number - 2**bits if signed and number >= 2 ** (bits - 1) else number


def edit_onnx(data, random, others):
    import onnx
    from google.protobuf.message import DecodeError

    model = onnx.ModelProto()
    try:
        model.ParseFromString(data)
    except DecodeError:
        return edit_bytes(data, random, others)
    if random.random() < 0.1:
        return edit_bytes(data, random, others)
    for _ in range(random.randint(1, 3)):
        edit_message(model, random)
    return model.SerializeToString()
