// The scripted attempt of the jobs' tests wants doctest; here is no main of its own.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>
