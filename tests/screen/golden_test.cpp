// Screens in a real terminal emulator, compared character by character with tests/screen/golden.
// NIGHTSHIFT_UPDATE_GOLDEN=1 writes them anew; look at the difference before committing it.

#include "test_paths.hpp"

#include <doctest/doctest.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <unistd.h>

namespace {

std::string output_of(const std::string& command) {
    std::string text;
    FILE* pipe = popen(command.c_str(), "r");
    REQUIRE(pipe != nullptr);
    std::array<char, 4096> part{};
    for (std::size_t got = 0; (got = std::fread(part.data(), 1, part.size(), pipe)) > 0;) {
        text.append(part.data(), got);
    }
    pclose(pipe);
    return text;
}

struct Size {
    int columns, rows;
};

// A server of its own, without anybody's configuration, that ends with the test.
class Tmux {
public:
    Tmux(Size size, const std::string& scene, const std::string& color = "never") {
        // Echo would draw what the test types.
        run("-f /dev/null new-session -d -x " + std::to_string(size.columns) + " -y " +
            std::to_string(size.rows) + " \"stty -echo; exec '" NIGHTSHIFT_SHOW_SCREEN "' " +
            scene + " " + color + "\" \\; set status off \\; resize-window -x " +
            std::to_string(size.columns) + " -y " + std::to_string(size.rows));
    }
    ~Tmux() { run("kill-server"); }
    Tmux(const Tmux&) = delete;
    Tmux& operator=(const Tmux&) = delete;

    void resize(Size size) {
        run("resize-window -x " + std::to_string(size.columns) + " -y " +
            std::to_string(size.rows));
    }
    void go_on() { run("send-keys Enter"); }
    std::string picture(const std::string& flags = "") { return run("capture-pane -p " + flags); }

private:
    std::string run(const std::string& command) {
        return output_of("env -u TMUX LC_ALL=C.UTF-8 TERM=xterm tmux -u -L " + socket_ + " " +
                         command + " 2>&1");
    }
    // A server that was told to end may still be there.
    std::string socket_ =
        "nightshift-golden-" + std::to_string(getpid()) + "-" + std::to_string(made_++);
    static inline int made_ = 0;
};

std::string read_text(const std::string& path) {
    std::ifstream file(path);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

// Waits until the terminal has drawn what is asked for, or half a minute.
template <class Holds>
void soon(Holds holds) {
    for (int i = 0; i < 600 && !holds(); ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
}

void compare(Tmux& terminal, const std::string& name, const std::string& flags = "") {
    const auto path = std::string(NIGHTSHIFT_SOURCE_DIR "/tests/screen/golden/") + name + ".txt";
    if (std::getenv("NIGHTSHIFT_UPDATE_GOLDEN") != nullptr) {
        std::this_thread::sleep_for(std::chrono::seconds(1));
        std::ofstream(path) << terminal.picture(flags);
    }
    const auto golden = read_text(path);
    std::string picture;
    soon([&] {
        picture = terminal.picture(flags);
        return picture == golden;
    });
    CAPTURE(name);
    CHECK(picture == golden);
}

}  // namespace

TEST_CASE("golden: the block at 80x24, at 200x60, and one line at 40x10") {
    for (const Size size : {Size{80, 24}, Size{200, 60}, Size{40, 10}}) {
        Tmux terminal(size, "busy");
        compare(terminal, "busy_" + std::to_string(size.columns) + "x" + std::to_string(size.rows));
    }
}

TEST_CASE("golden: log lines scroll above a block that is redrawn in place") {
    Tmux terminal({80, 24}, "later");
    compare(terminal, "later_80x24");
    terminal.go_on();
    compare(terminal, "later_twice_80x24");
}

TEST_CASE("golden: names in characters of two columns keep the columns of the others") {
    Tmux terminal({80, 24}, "cjk");
    compare(terminal, "cjk_80x24");
}

TEST_CASE("golden: a terminal that was resized shows one block, drawn for its size") {
    Tmux narrower({120, 30}, "busy");
    compare(narrower, "busy_120x30");
    narrower.resize({70, 20});
    narrower.go_on();
    compare(narrower, "busy_120x30_then_70x20");
    Tmux wider({62, 12}, "busy");
    compare(wider, "busy_62x12");
    wider.resize({100, 24});
    wider.go_on();
    compare(wider, "busy_62x12_then_100x24");
}

TEST_CASE("golden: colours say what wants to be looked at, and end with their line") {
    Tmux terminal({80, 24}, "busy", "always");
    compare(terminal, "colours_80x24", "-e");
}
