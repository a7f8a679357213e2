"""What the rows send and what the gateway answers: manifests, replies, an image, a film, keys.

Everything is made once and kept; a file that is there is taken as it is.
"""

import os
import pathlib
import random
import struct
import subprocess
import zlib

REPLY_BYTES = 531
NUMBER_MARK = "0000000"  # bare_loop puts the number of the request here
CHAT_BODY = ('{"model":"gpt-5.4","messages":[{"role":"system","content":"Answer in one sentence."},'
             '{"role":"user","content":"Say hello to visitor 0000000 of the museum."}],'
             '"max_tokens":64}')


def chat_body(number):
    return CHAT_BODY.replace(NUMBER_MARK, f"{number:07}")


def chat_reply():
    """A chat completion of exactly REPLY_BYTES."""
    head = ('{"id":"chatcmpl-9XyZ0123456789abcdefABCDEF","object":"chat.completion",'
            '"created":1780000000,"model":"gpt-5.4","choices":[{"index":0,"message":{"role":'
            '"assistant","content":"Hello, and welcome to the museum')
    tail = ('.","refusal":null,"annotations":[]},"finish_reason":"stop"}],"usage":{"prompt_tokens":'
            '31,"completion_tokens":12,"total_tokens":43},"system_fingerprint":"fp_0"}')
    filler = " of the night shift" * 20
    return head + filler[:REPLY_BYTES - len(head) - len(tail)] + tail


def once(path, make):
    """`make` writes to a path that is renamed when it is whole."""
    path = pathlib.Path(path)
    if not path.exists():
        part = path.with_name(path.name + ".part")
        make(part)
        os.rename(part, path)
    return path


def chat_manifest(folder, tasks):
    def make(path):
        with open(path, "w", encoding="utf-8") as lines:
            for number in range(1, tasks + 1):
                lines.write(f'{{"custom_id":"t{number:07}","method":"POST",'
                            f'"url":"/v1/chat/completions","body":{chat_body(number)}}}\n')
    return once(folder / f"chat_{tasks}.jsonl", make)


def curl_config(folder, tasks, url):
    """The same requests for `curl --config`: one section each."""
    def make(path):
        with open(path, "w", encoding="utf-8") as lines:
            for number in range(1, tasks + 1):
                body = chat_body(number).replace('"', '\\"')
                if number > 1:
                    lines.write("next\n")
                lines.write(f'url = "{url}"\nheader = "Authorization: Bearer sk-bench"\n'
                            f'header = "Content-Type: application/json"\ncompressed\nfail\n'
                            f'data = "{body}"\noutput = "/dev/null"\n')
    port = url.split(":")[2].split("/")[0]
    return once(folder / f"curl_{tasks}_{port}.config", make)


def image_manifest(folder, tasks):
    def make(path):
        with open(path, "w", encoding="utf-8") as lines:
            for number in range(1, tasks + 1):
                lines.write(f'{{"id":"i{number:06}","model":"gpt-image-2",'
                            f'"prompt":"a lighthouse, view {number}","size":"1024x1024"}}\n')
    return once(folder / f"images_{tasks}.jsonl", make)


def video_manifest(folder):
    def make(path):
        path.write_text('{"id":"film","model":"happyhorse-1.0-t2v","prompt":"a white foal",'
                        '"duration":5}\n', encoding="utf-8")
    return once(folder / "video.jsonl", make)


def image(folder, size_bytes):
    """A PNG of noise, stored without compression, so that its size is known."""
    side = int((size_bytes / 3) ** 0.5)
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I",
                                                                        zlib.crc32(kind + data))
    def make(path):
        noise = random.Random(1)
        rows = b"".join(b"\0" + noise.randbytes(side * 3) for _ in range(side))
        path.write_bytes(b"\x89PNG\r\n\x1a\n"
                         + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
                         + chunk(b"IDAT", zlib.compress(rows, 0)) + chunk(b"IEND", b""))
    return once(folder / f"image_{size_bytes}.png", make)


def film(folder, size_bytes):
    """An MP4 whose boxes fill it exactly; its frames are a hole in the file."""
    def box(kind, body):
        return struct.pack(">I", 8 + len(body)) + kind + body
    def make(path):
        movie_header = struct.pack(">IIIII", 0, 0, 0, 1000, 5000) + bytes(80)
        track_header = bytes(76) + struct.pack(">II", 1280 << 16, 720 << 16)
        head = (box(b"ftyp", b"isom\0\0\2\0isomiso2avc1mp41")
                + box(b"moov", box(b"mvhd", movie_header)
                      + box(b"trak", box(b"tkhd", track_header))))
        with open(path, "wb") as file:
            file.write(head)
            file.write(struct.pack(">I4sQ", 1, b"mdat", size_bytes - len(head)))
            file.truncate(size_bytes)
    return once(folder / f"film_{size_bytes}.mp4", make)


def certificate(folder):
    """A key and a certificate for 127.0.0.1 that is its own issuer, as (certificate, key)."""
    key, cert = folder / "key.pem", folder / "cert.pem"
    if not cert.exists():
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:prime256v1", "-nodes", "-days", "3650", "-subj",
                        "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key,
                        "-out", cert], check=True, capture_output=True)
    return cert, key
