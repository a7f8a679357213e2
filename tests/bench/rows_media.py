"""Big answers and downloads."""

import shutil

import inputs
from report import Line

IN_FLIGHT = 64


def images(stage):
    count = stage.sizes.images
    nginx = stage.nginx
    manifest = inputs.image_manifest(stage.folder, count)
    few = inputs.image_manifest(stage.folder, max(1, count // 4))
    ours, reference = [], []
    for _ in range(stage.sizes.runs):
        files = stage.fresh("images_alone")
        alone = stage.run([stage.program("write_images"), nginx.image, files, count])
        reference.append(alone.last_json())
        run_folder = stage.fresh("images") / "run"
        ours.append(stage.run_ours(nginx.url, [manifest, "-o", run_folder, "-j", IN_FLIGHT]))
    fewer = stage.run_ours(nginx.url, [few, "-o", stage.fresh("images") / "run", "-j", IN_FLIGHT])
    for name in ("images_alone", "images"):
        shutil.rmtree(stage.folder / name)
    size_mb = nginx.image.stat().st_size / 1e6
    yield Line("images", "big images, files kept", "1/s",
               [count / each.last_json()["seconds"] for each in ours],
               [each["count"] / each["seconds"] for each in reference], judged="ratio", least=0.5,
               note=f"{count} of {size_mb:.1f} MB, 2 MB as base64")
    yield Line("images", "big images, peak memory", "MiB", [each.peak_mib for each in ours],
               [fewer.peak_mib] * len(ours), judged="ratio", most=1.25,
               note=f"the reference is a run of {max(1, count // 4)} images, -j {IN_FLIGHT}")


def download(stage):
    nginx = stage.nginx
    manifest = inputs.video_manifest(stage.folder)
    large, small = nginx.films
    ours, curl, curl_synced = [], [], []

    def fetch_ours():
        run_folder = stage.fresh("video") / "run"
        return stage.run_ours(nginx.url, [manifest, "-o", run_folder, "--poll-interval", "0.01"])

    for _ in range(stage.sizes.runs):
        target = stage.fresh("curl") / "film.mp4"
        plain = stage.run(["curl", "--silent", "--show-error", "--fail", "-o", target,
                             f"{nginx.url}/film.mp4"])
        synced = stage.run(["sync", target])
        curl.append(plain.seconds)
        curl_synced.append(plain.seconds + synced.seconds)
        shutil.rmtree(stage.folder / "curl")
        ours.append(fetch_ours())
    nginx.point_at_film(small)
    short_film = fetch_ours()
    nginx.point_at_film(large)
    shutil.rmtree(stage.folder / "video")
    size_mb = large.stat().st_size / 1e6
    rates = [size_mb / each.seconds for each in ours]
    yield Line("download", "video download, one stream", "MB/s", rates,
               [size_mb / each for each in curl], judged="ratio", least=0.9,
               note=f"{size_mb:,.0f} MB; submit, poll, hash and fsync included")
    yield Line("download", "the same against curl -o and sync", "MB/s", rates,
               [size_mb / each for each in curl_synced])
    yield Line("download", "video download, peak memory", "MiB", [each.peak_mib for each in ours],
               [short_film.peak_mib] * len(ours), judged="ratio", most=1.1,
               note="the reference is a film of a quarter of the size")
