#include "manifest/intake.hpp"

#include "base/bounds.hpp"
#include "base/input_file.hpp"
#include "manifest/id_index.hpp"
#include "manifest/reader.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <new>
#include <string_view>
#include <utility>

namespace nightshift {
namespace {

// SHA-256 again and again: the algorithm is fetched once (EVP_MD_fetch, OpenSSL 3), because an
// implicit fetch costs more than hashing a line.
class IdDigest {
public:
    IdDigest() : algorithm_(EVP_MD_fetch(nullptr, "SHA256", nullptr)), context_(EVP_MD_CTX_new()) {
        if (algorithm_ == nullptr || context_ == nullptr) throw std::bad_alloc();
    }
    ~IdDigest() {
        EVP_MD_CTX_free(context_);
        EVP_MD_free(algorithm_);
    }
    IdDigest(const IdDigest&) = delete;
    IdDigest& operator=(const IdDigest&) = delete;

    // 16 hex digits of endpoint, NUL, model, NUL, body; neither name can hold a NUL.
    std::string id_of(const ManifestTask& task) {
        static constexpr std::string_view digits = "0123456789abcdef";
        std::array<unsigned char, EVP_MAX_MD_SIZE> raw{};
        EVP_DigestInit_ex2(context_, algorithm_, nullptr);
        EVP_DigestUpdate(context_, task.endpoint.c_str(), task.endpoint.size() + 1);
        EVP_DigestUpdate(context_, task.model.c_str(), task.model.size() + 1);
        EVP_DigestUpdate(context_, task.body.data(), task.body.size());
        EVP_DigestFinal_ex(context_, raw.data(), nullptr);
        std::string id;
        for (std::size_t i = 0; i < 8; ++i) {
            id += digits[raw[i] >> 4];
            id += digits[raw[i] & 15];
        }
        return id;
    }

private:
    EVP_MD* algorithm_;
    EVP_MD_CTX* context_;
};

void add_to(Estimate& sum, const Estimate& each) {
    sum.input_tokens += each.input_tokens;
    sum.output_tokens_max += each.output_tokens_max;
    sum.images += each.images;
    sum.seconds += each.seconds;
    sum.characters += each.characters;
}

// Where the paths of a manifest's `files` begin: beside it; of what a shell hands over, here.
std::string folder_of(const std::string& path) {
    namespace fs = std::filesystem;
    std::error_code error;
    const auto folder = is_handed_over(path) ? fs::path() : fs::path(path).parent_path();
    const auto here = fs::absolute(folder.empty() ? fs::path(".") : folder, error);
    return error ? std::string() : here.lexically_normal().string();
}

std::uint64_t content_of(const ManifestTask& task) {
    const std::uint64_t path = quick_hash(task.path), model = quick_hash(task.model);
    return quick_hash(task.body) ^ (path * 3) ^ (model * 5);
}

}  // namespace

struct Intake::Work {
    Work(const EndpointTable& table, LineOptions options, IntakeHooks given)
        : parser(table, std::move(options)), hooks(std::move(given)) {}

    void tell(Problem&& problem) {
        problem.file = files.back().name;
        if (origin != nullptr) {  // a line that no file has: its data is what people can change
            problem.file = *origin;
            problem.line = origin_line;
            problem.column = 0;
        }
        if (problem.warning) ++stats.warnings;
        hooks.problem(std::move(problem));
    }

    void take(const RawLine& raw);
    bool name(const RawLine& raw);
    void count();
    std::string place_of(std::uint32_t number) const;

    // Lines are numbered over all files, so that a place takes four bytes. Elements of an
    // Anthropic document are numbered by themselves.
    struct File {
        std::string name;
        std::uint32_t first = 0;  // number of its first line
        bool document = false;
        std::uint32_t taken = 0;  // elements of the document
    };

    LineParser parser;
    IntakeHooks hooks;
    IntakeStats stats;
    std::vector<File> files;
    std::uint32_t numbered = 0;
    std::vector<Problem> problems;
    ManifestTask task;
    // Of a recipe: the number of its line, and where that line's data stands.
    std::int64_t made = 0, origin_line = 0;
    const std::string* origin = nullptr;
    std::string padded;
    IdDigest digest;
    IdIndex given_ids, made_ids;
    decltype(IntakeStats::counts)::value_type* counted = nullptr;  // of the line before
};

// "line 7" of this file, "other.jsonl line 7" of another.
std::string Intake::Work::place_of(std::uint32_t number) const {
    auto file = files.end() - 1;
    while (file->first > number) --file;
    const std::string in = file == files.end() - 1 ? "" : file->name + ' ';
    return fmt::format("{}{} {}", in, file->document ? "request" : "line",
                       number - file->first + 1);
}

// Gives an id to a task without one. False when the task is a duplicate.
bool Intake::Work::name(const RawLine& raw) {
    if (task.id.empty()) {
        task.id = digest.id_of(task);
        const std::uint32_t times = made_ids.count(task.id);
        if (times > 1) task.id += fmt::format("-{}", times);
        return true;
    }
    if (hooks.add_knows_ids) return true;
    const std::uint64_t content = content_of(task);
    const auto known = given_ids.add(task.id, content, numbered);
    if (known.is_new) return true;
    const bool same = known.content == content;
    if (same) ++stats.duplicates;
    if (!same) ++stats.bad_lines;
    tell({same,
          {},
          raw.line,
          raw.column,
          same ? fmt::format("the same id and body as {}", place_of(known.number))
               : fmt::format("the id \"{}\" is that of {}, whose body is another", task.id,
                             place_of(known.number)),
          same ? "it is run once" : "give one of them another id"});
    return false;
}

void Intake::Work::count() {
    if (counted == nullptr || counted->first.second != task.model ||
        counted->first.first != task.endpoint) {
        counted = &*stats.counts.try_emplace({task.endpoint, task.model}).first;
    }
    ++counted->second.tasks;
    add_to(counted->second.estimate, task.estimate);
    if (task.estimate.output_tokens_max == 0) ++counted->second.unbounded;
    ++stats.tasks;
}

void Intake::Work::take(const RawLine& raw) {
    ++stats.lines;
    File& file = files.back();
    const auto in_file = file.document ? file.taken++ : static_cast<std::uint32_t>(raw.line) - 1;
    numbered = file.first + in_file;
    problems.clear();
    const bool good = parser.parse(raw, task, problems);
    for (auto& problem : problems) tell(std::move(problem));
    if (!good) ++stats.bad_lines;
    if (!good || !name(raw)) return;
    count();
    hooks.add(std::move(task), file.name);
}

Intake::Intake(const EndpointTable& table, LineOptions options, IntakeHooks hooks)
    : work_(std::make_unique<Work>(table, std::move(options), std::move(hooks))) {}

Intake::~Intake() = default;

void Intake::read(const std::string& path) {
    Work& work = *work_;
    const std::uint32_t first = work.files.empty() ? 0 : work.numbered + 1;
    work.parser.set_folder(folder_of(path));
    work.files.push_back({path, first});
    work.numbered = first;
    ManifestReader reader(
        path,
        [&work](Problem&& problem) {
            ++work.stats.bad_lines;
            work.tell(std::move(problem));
        },
        work.hooks.is_recipe);
    if (reader.is_other()) {
        work.made = 0;
        work.hooks.recipe(*this, reader.whole(limits::recipe_bytes), path);
        return;
    }
    work.files.back().document = reader.is_document();
    RawLine raw;
    while (reader.next(raw)) work.take(raw);
}

void Intake::take(std::string_view text, const std::string& file, std::int64_t line) {
    Work& work = *work_;
    // A parser reads behind the text.
    work.padded.assign(text);
    work.padded.reserve(text.size() + 64);
    work.origin = &file;
    work.origin_line = line;
    work.take({work.padded, ++work.made, 1, true});
    work.origin = nullptr;
}

void Intake::report(Problem&& problem) {
    if (!problem.warning) ++work_->stats.bad_lines;
    if (problem.warning) ++work_->stats.warnings;
    work_->hooks.problem(std::move(problem));
}

const IntakeStats& Intake::stats() const {
    return work_->stats;
}

}  // namespace nightshift
