#include "recipe/data/table.hpp"

#include "base/failure.hpp"
#include "base/text/ascii.hpp"
#include "manifest/source.hpp"
#include "recipe/data/csv.hpp"
#include "recipe/data/file_list.hpp"
#include "recipe/data/json_rows.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace nightshift::recipe {
namespace {

// Rows that stand in the recipe; without [data], one empty row.
class InlineRows : public RowSource {
public:
    InlineRows(const std::vector<Value>& rows, std::string file)
        : rows_(rows), file_(std::move(file)) {}

    bool next(Row& row) override {
        if (at_ == rows_.size()) return false;
        const Value& value = rows_[at_++];
        row.names = std::make_shared<const std::vector<std::string>>(value.names);
        row.cells = value.items;
        row.file = fmt::format("row {} of {}", at_, file_);
        row.line = 0;
        row.number = static_cast<std::int64_t>(at_);
        return true;
    }

private:
    const std::vector<Value>& rows_;
    std::string file_;
    std::size_t at_ = 0;
};

// Several files, one after the other.
class Chain : public RowSource {
public:
    using Open = std::function<std::unique_ptr<RowSource>(const std::string&)>;
    Chain(std::vector<std::string> files, Open open)
        : files_(std::move(files)), open_(std::move(open)) {}

    bool next(Row& row) override {
        while (true) {
            if (now_ == nullptr) {
                if (at_ == files_.size()) return false;
                now_ = open_(files_[at_++]);
                before_ = last_;
            }
            if (now_ != nullptr && now_->next(row)) {
                row.number += before_;
                last_ = row.number;
                return true;
            }
            now_ = nullptr;
        }
    }

private:
    std::vector<std::string> files_;
    Open open_;
    std::unique_ptr<RowSource> now_;
    std::size_t at_ = 0;
    std::int64_t before_ = 0, last_ = 0;
};

std::string without_packing(const std::string& path) {
    for (const std::string_view ending : {".gz", ".zst"}) {
        if (ends_folded(path, ending)) return path.substr(0, path.size() - ending.size());
    }
    return path;
}

}  // namespace

Table::Table(const Recipe& recipe, const Folder& folder, std::string data_file)
    : recipe_(recipe), folder_(folder), data_file_(std::move(data_file)) {
    files_ = data_file_.empty() ? recipe.data.file : std::vector{data_file_};
}

Table::~Table() {
    if (spool_ >= 0) ::close(spool_);
}

std::string Table::name() const {
    if (files_.size() == 1) return files_[0] == "-" ? "stdin" : files_[0];
    if (files_.size() > 1) return fmt::format("{} and {} more", files_[0], files_.size() - 1);
    if (!recipe_.data.files.empty()) return recipe_.data.files[0];
    return recipe_.data.given ? "rows" : "";
}

std::string Table::format_of(const std::string& path) const {
    const std::string name = without_packing(path);
    const std::array<std::pair<std::string_view, std::string_view>, 6> endings = {
        {{".csv", "csv"},
         {".tsv", "tsv"},
         {".tab", "tsv"},
         {".jsonl", "jsonl"},
         {".ndjson", "jsonl"},
         {".json", "json"}}};
    // --data names another file: its own ending says more than the recipe's format.
    if (data_file_.empty() && !recipe_.data.format.empty()) return recipe_.data.format;
    for (const auto& [ending, format] : endings) {
        if (ends_folded(name, ending)) return std::string(format);
    }
    return recipe_.data.format;
}

std::string Table::where(const std::string& path) const {
    if (path == "-") {
        return spool_ < 0 ? path : fmt::format("/dev/fd/{}", spool_);
    }
    return data_file_.empty() ? (folder_.root() / path).string() : path;
}

bool Table::check_file(const std::string& path, const OnProblem& on_problem) {
    std::string error;
    if (path != "-" && data_file_.empty() && folder_.find(path, error).empty()) {
        if (error.starts_with('\'' + path + "' is not there")) error = path + " is not there";
        on_problem({false, recipe_.file, recipe_.data.place.line, recipe_.data.place.column,
                    "data: " + error, ""});
        return false;
    }
    if (path != "-" && !data_file_.empty() && ::access(path.c_str(), F_OK) != 0) {
        on_problem({false, "", 0, 0, fmt::format("--data: {} is not there", path), ""});
        return false;
    }
    if (!format_of(path).empty()) return true;
    const std::string shown = path == "-" ? "standard input" : path;
    on_problem({false, recipe_.file, recipe_.data.place.line, recipe_.data.place.column,
                fmt::format("{} does not say what is in it", shown),
                "say format = \"csv\", \"tsv\", \"jsonl\" or \"json\" in [data]"});
    return false;
}

bool Table::prepare(const OnProblem& on_problem) {
    const DataSpec& data = recipe_.data;
    bool good = true;
    for (const auto& path : files_) good = check_file(path, on_problem) && good;
    if (!good) return false;
    if (data_file_.empty() && !data.files.empty()) {
        paths_ = matching_files(folder_, data.files, recipe_.file, [&](Problem&& problem) {
            good = false;
            on_problem(std::move(problem));
        });
        columns_ = std::vector<std::string>{"path", "name", "stem", "extension"};
        return good;
    }
    return look_at_columns(on_problem);
}

// Of inline rows and of headers: what any of them has.
bool Table::look_at_columns(const OnProblem& on_problem) {
    std::vector<std::string> all;
    const auto add = [&all](const std::vector<std::string>& names) {
        for (const auto& name : names) {
            if (std::find(all.begin(), all.end(), name) == all.end()) all.push_back(name);
        }
    };
    if (files_.empty()) {
        if (recipe_.data.rows) {
            for (const auto& row : *recipe_.data.rows) add(row.names);
        }
        columns_ = all;
        return true;
    }
    for (const auto& path : files_) {
        const auto format = format_of(path);
        if (format != "csv" && format != "tsv") return true;
    }
    if (files_[0] == "-") spool();
    bool good = true;
    for (const auto& path : files_) {
        const auto tell = [&](Problem&& problem) {
            good = false;
            on_problem(std::move(problem));
        };
        // Rows are not read: only what is wrong with the header is told here.
        const auto rows = open_file(path, tell);
        if (rows != nullptr && rows->columns() != nullptr) add(*rows->columns());
    }
    if (good) columns_ = all;
    return good;
}

std::unique_ptr<RowSource> Table::open_file(const std::string& path, const OnProblem& on_problem) {
    const std::string name = path == "-" ? "stdin" : path;
    std::string refusal;
    if (path == "-" && spool_ >= 0) ::lseek(spool_, 0, SEEK_SET);
    auto source = open_source(where(path), refusal);
    if (!refusal.empty()) {
        on_problem({false, name, 0, 0, refusal,
                    "write CSV, JSON lines or JSON, plain or as .gz "
                    "or .zst"});
        return nullptr;
    }
    const auto format = format_of(path);
    if (format == "jsonl") {
        return std::make_unique<JsonlReader>(std::move(source), name, on_problem);
    }
    if (format == "json") {
        return std::make_unique<JsonListReader>(std::move(source), name, on_problem);
    }
    CsvForm form{name, format == "tsv" ? '\t' : ',', recipe_.data.columns};
    if (recipe_.data.delimiter != '\0') form.delimiter = recipe_.data.delimiter;
    return std::make_unique<CsvReader>(std::move(source), std::move(form), on_problem);
}

std::unique_ptr<RowSource> Table::open(const OnProblem& on_problem) {
    static const std::vector<Value> one = {Value::of_object()};
    if (!files_.empty()) {
        return std::make_unique<Chain>(files_, [this, on_problem](const std::string& path) {
            return open_file(path, on_problem);
        });
    }
    if (!recipe_.data.files.empty()) return std::make_unique<FileRows>(paths_);
    return std::make_unique<InlineRows>(recipe_.data.rows ? *recipe_.data.rows : one,
                                        recipe_.file);
}

void Table::spool() {
    if (spool_ >= 0 || files_.empty() || files_[0] != "-") return;
    const char* const folder = std::getenv("TMPDIR");
    std::string name = std::string(folder == nullptr || *folder == '\0' ? "/tmp" : folder) +
                       "/nightshift-data-XXXXXX";
    const int fd = ::mkstemp(name.data());
    if (fd < 0) throw StorageError("cannot make a temporary file: " + name);
    ::unlink(name.c_str());
    std::string refusal;
    const auto source = open_source("-", refusal);
    std::vector<char> chunk(256u << 10);
    while (const std::size_t got = source->read(chunk.data(), chunk.size())) {
        for (std::size_t done = 0; done < got;) {
            const ssize_t wrote = ::write(fd, chunk.data() + done, got - done);
            if (wrote < 0 && errno == EINTR) continue;
            if (wrote < 0) {
                const int error = errno;
                ::close(fd);
                throw StorageError(std::string("cannot copy standard input: ") +
                                   std::strerror(error));
            }
            done += static_cast<std::size_t>(wrote);
        }
    }
    spool_ = fd;
    const std::string damage = source->damage();
    if (!damage.empty()) throw UsageError("standard input: " + damage + "; is it whole?");
}

}  // namespace nightshift::recipe
