"""Thousands of requests in flight at a gateway that takes its time."""

import shutil

import gateway
import inputs
import measure
from report import Line
from stage import descriptors_allowed

# What the program reckons with for one request beyond the first 512 (src/cli/input/fd_budget.cpp).
DESCRIPTORS_EACH = 1.5
DESCRIPTORS_BESIDE = 3000


def flight(stage):
    sizes = stage.sizes
    allowed = descriptors_allowed(int(sizes.in_flight * DESCRIPTORS_EACH) + DESCRIPTORS_BESIDE)
    in_flight = min(sizes.in_flight, int((allowed - DESCRIPTORS_BESIDE) / DESCRIPTORS_EACH))
    tasks = in_flight * sizes.rounds
    server = stage.start(gateway.SlowServer(stage.program("slow_server"), stage.reply_file,
                                            sizes.delay_s))
    manifest = inputs.chat_manifest(stage.folder, tasks)
    config = stage.folder / "flight.toml"
    config.write_text(f'[[limit]]\nmatch = "*"\nconcurrency = {in_flight}\n', encoding="utf-8")
    ours, ticks = [], []
    for _ in range(sizes.runs):
        run_folder = stage.fresh("flight") / "run"
        ours.append(stage.run_ours(server.url, [manifest, "-o", run_folder, "-j", in_flight,
                                                "--config", config]))
        run_folder = stage.fresh("flight") / "run"
        stage.run([stage.nightshift, "run", manifest, "-o", run_folder, "--limit", "0"])
        found = stage.run([stage.program("tick_run"), run_folder, "--base-url", server.url,
                             "-j", in_flight]).last_json()
        if found["succeeded"] != tasks:
            raise measure.Failed(f"tick_run did {found['succeeded']} of {tasks}")
        ticks.append(found)
    shutil.rmtree(stage.folder / "flight")
    words = f"{in_flight:,} in flight, answered after {sizes.delay_s:g} s"
    yield Line("flight", "peak memory a request in flight", "KiB",
               [1024 * each.peak_mib / in_flight for each in ours], judged="ours", most=40,
               note=f"{words}; of the whole program")
    yield Line("flight", "cores used", "cores",
               [each.cpu_s / each.seconds for each in ours], judged="ours", most=1, note=words)
    yield Line("flight", "event-loop tick, p99.9", "ms", [each["p999_ms"] for each in ticks],
               judged="ours", most=10,
               note=f"p50 {ticks[0]['p50_ms']:.2f}, p99 {ticks[0]['p99_ms']:.2f}, "
                    f"longest {max(each['max_ms'] for each in ticks):.1f}")
    lasted = [each.last_json()["seconds"] for each in ours]
    yield Line("flight", "time against the shortest possible", "s", lasted,
               [sizes.rounds * sizes.delay_s] * len(lasted))
