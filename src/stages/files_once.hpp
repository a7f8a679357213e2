// Files that placeholders read, each read once. Private to src/stages.

#pragma once

#include "recipe/text/template.hpp"
#include "stages/fill.hpp"

#include <map>
#include <string>
#include <vector>

namespace nightshift::stages {

class FilesOnce {
public:
    // nullptr: nothing is read, every value is bad.
    explicit FilesOnce(Files* files) : files_(files) {}

    // base64, data_url or url of an output.
    recipe::Found output(const std::string& path, const std::string& view,
                         const std::string& media_type);
    // {{alias.view}} of a file of the user's.
    recipe::Found own(const OwnFile& file, const std::vector<std::string>& placeholder);

    bool is_missing() const { return is_missing_; }  // some file could not be read
    bool used_link() const { return used_link_; }

private:
    struct Content {
        std::string bytes, error;
        bool good = false;
    };

    const Content& read(const std::string& path, bool is_own);
    recipe::Found published(const std::string& path, bool is_own);

    Files* files_;
    std::map<std::string, Content> own_, outputs_;
    bool is_missing_ = false, used_link_ = false;
};

}  // namespace nightshift::stages
