// A core file of a process holds what is in its memory and its environment: the key.

#pragma once

namespace nightshift::cli {

// No core file of this process from here on, and its environment is closed to other users.
void forbid_core_files();

// True when the environment names a key, for any of the commands.
bool has_key_in_environment();

}  // namespace nightshift::cli
