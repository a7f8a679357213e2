// A row for each file that a pattern names: path, name, stem, extension; sorted by path.

#pragma once

#include "recipe/data/row.hpp"
#include "recipe/read/folder.hpp"

#include <string>
#include <vector>

namespace nightshift::recipe {

// Whether a path (with "/") matches: `*` and `?` within a part, `**` for any number of parts.
bool path_matches(std::string_view pattern, std::string_view path);

// Files of the folder by patterns relative to it. What matches nothing, leads outside or is no
// UTF-8 is told.
std::vector<std::string> matching_files(const Folder& folder,
                                        const std::vector<std::string>& patterns,
                                        const std::string& recipe, const OnProblem& on_problem);

class FileRows : public RowSource {
public:
    explicit FileRows(std::vector<std::string> paths);
    bool next(Row& row) override;
    const std::vector<std::string>* columns() const override { return names_.get(); }

private:
    std::vector<std::string> paths_;
    std::size_t at_ = 0;
    std::shared_ptr<const std::vector<std::string>> names_;
};

}  // namespace nightshift::recipe
