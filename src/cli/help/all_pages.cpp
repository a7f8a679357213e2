// The help topics there are.

#include "cli/help/page.hpp"

namespace nightshift::cli {

std::vector<Page> all_pages(const OptionTree& tree) {
    return {exit_codes_page(), environment_page(tree), manifest_page(), states_page(),
            errors_page()};
}

}  // namespace nightshift::cli
