// The control socket itself: who is let in, for how long, with how much.

#include "base/bounds.hpp"
#include "control/client.hpp"
#include "control/server.hpp"
#include "tests/fakes/scratch.hpp"

#include <doctest/doctest.h>

#include <array>
#include <boost/asio/executor_work_guard.hpp>
#include <fcntl.h>
#include <filesystem>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace nightshift::control;
using nightshift::Async;
using nightshift::test::ScratchFolder;
namespace fs = std::filesystem;

namespace {

Async<Answer> echo(Request request) {
    Answer answer;
    answer.result["heard"] = request.command;
    co_return answer;
}

// A server on a loop of its own thread.
class Served {
public:
    explicit Served(const fs::path& folder, int clients_max = 8, int idle_ms = 60'000)
        : door_(folder), server_(io_, door_, echo, bounds_of(clients_max, idle_ms)) {
        thread_ = std::thread([this] { io_.run(); });
    }
    ~Served() {
        io_.stop();
        thread_.join();
    }
    const Door& door() const { return door_; }

private:
    static ServerBounds bounds_of(int clients_max, int idle_ms) {
        ServerBounds bounds;
        bounds.clients_max = clients_max;
        bounds.idle = std::chrono::milliseconds(idle_ms);
        return bounds;
    }

    boost::asio::io_context io_{1};
    boost::asio::executor_work_guard<nightshift::Executor> guard_{io_.get_executor()};
    Door door_;
    Server server_;
    std::thread thread_;
};

Asked say_hello(const fs::path& folder) {
    return ask(folder, {.command = "hello", .arguments = Json::object()}, 30);
}

// What comes until the other end closes or a line is whole.
std::string hear(int fd) {
    std::string text;
    std::array<char, 4096> bytes{};
    for (;;) {
        const auto got = recv(fd, bytes.data(), bytes.size(), 0);
        if (got <= 0) return text;
        text.append(bytes.data(), static_cast<std::size_t>(got));
        if (text.back() == '\n') return text;
    }
}

void tell(int fd, const std::string& text) {
    REQUIRE(send(fd, text.data(), text.size(), MSG_NOSIGNAL) >= 0);
}

}  // namespace

TEST_CASE("who knocks is answered, line by line") {
    const ScratchFolder folder;
    const Served served(folder.path());
    const auto line = knock(folder.path());
    REQUIRE(line.is_open());

    tell(line.get(), "{\"command\":\"a\"}\n");
    CHECK(Json::parse(hear(line.get()))["heard"] == "a");
    tell(line.get(), "nonsense\n");
    CHECK(Json::parse(hear(line.get()))["ok"] == false);
    tell(line.get(), "{\"command\":\"b\"}\n");
    CHECK(Json::parse(hear(line.get()))["heard"] == "b");
}

TEST_CASE("the socket is its owner's alone and goes with its door") {
    const ScratchFolder folder;
    {
        const Served served(folder.path());
        struct stat facts {};
        REQUIRE(lstat((folder.path() / "control").c_str(), &facts) == 0);
        CHECK(S_ISSOCK(facts.st_mode));
        CHECK((facts.st_mode & 0777) == 0600);
    }
    CHECK(!fs::exists(folder.path() / "control"));
    CHECK(say_hello(folder.path()).outcome == Asked::Outcome::not_there);
}

TEST_CASE("the socket that a killed process left is replaced") {
    const ScratchFolder folder;
    {
        const auto path = (folder.path() / "control").string();
        const Descriptor dead(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.copy(address.sun_path, sizeof address.sun_path - 1);
        REQUIRE(bind(dead.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    }
    CHECK(say_hello(folder.path()).outcome == Asked::Outcome::not_there);
    const Served served(folder.path());
    CHECK(served.door().problem() == "");
    CHECK(say_hello(folder.path()).answer.result["heard"] == "hello");
}

TEST_CASE("a file that is no socket is left alone, and the run goes on without one") {
    const ScratchFolder folder;
    folder.file("control", "mine");
    {
        const Door door(folder.path());
        CHECK(door.problem() == "its name is taken by a file that is not a socket");
        CHECK(door.listener() < 0);
    }
    CHECK(nightshift::test::read_file(folder.path() / "control") == "mine");
}

TEST_CASE("a path that no socket address can hold works all the same") {
    const ScratchFolder folder;
    auto deep = folder.path();
    for (int i = 0; i < 5; ++i) deep /= std::string(60, 'x');
    fs::create_directories(deep);
    REQUIRE(deep.string().size() > 107);
    const Served served(deep);
    CHECK(served.door().problem() == "");
    CHECK(say_hello(deep).answer.result["heard"] == "hello");
}

TEST_CASE("a line of more than 64 KiB ends the talk with a reason") {
    const ScratchFolder folder;
    const Served served(folder.path());
    const auto line = knock(folder.path());
    tell(line.get(), std::string(nightshift::limits::control_line_bytes + 1, 'x'));
    CHECK(Json::parse(hear(line.get()))["error"] == "a line has 64 KiB at most");
    CHECK(hear(line.get()) == "");
    CHECK(say_hello(folder.path()).outcome == Asked::Outcome::answered);
}

TEST_CASE("one client too many is sent away, and let in when another has gone") {
    const ScratchFolder folder;
    const Served served(folder.path(), 2);
    auto first = knock(folder.path());
    const auto second = knock(folder.path());
    for (const int fd : {first.get(), second.get()}) {
        tell(fd, "{\"command\":\"a\"}\n");
        hear(fd);
    }
    CHECK(say_hello(folder.path()).answer.trouble == Trouble::busy);
    shutdown(first.get(), SHUT_WR);
    CHECK(hear(first.get()) == "");  // it was seen to go
    CHECK(say_hello(folder.path()).answer.result["heard"] == "hello");
}

TEST_CASE("a client that says nothing is hung up on") {
    const ScratchFolder folder;
    const Served served(folder.path(), 8, 20);
    const auto line = knock(folder.path());
    tell(line.get(), "{\"command\":");
    CHECK(hear(line.get()) == "");  // ends only because the server closes
}

TEST_CASE("only its owner and root may command a run") {
    CHECK(may_command(1000, 1000));
    CHECK(may_command(0, 1000));
    CHECK(!may_command(1001, 1000));
    CHECK(!may_command(1000, 0));
}

TEST_CASE("another user is refused by the socket itself, even where the folder lets him pass") {
    if (geteuid() != 0) {
        MESSAGE("needs root to become another user");
        return;
    }
    const ScratchFolder folder;
    const Served served(folder.path());
    fs::permissions(folder.path(), fs::perms::all);
    fs::permissions(folder.path() / "control", fs::perms::all);
    const pid_t child = fork();
    if (child == 0) {
        if (setuid(65534) != 0) _exit(2);
        const auto asked = say_hello(folder.path());
        const bool refused = asked.outcome == Asked::Outcome::answered &&
                             asked.answer.error == "this run belongs to another user";
        _exit(refused ? 0 : 1);
    }
    int status = -1;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(WEXITSTATUS(status) == 0);
}
