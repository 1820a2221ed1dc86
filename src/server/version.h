/* The version, as meson.build has it. */
#pragma once

#ifndef CONFAB_VERSION
#error "CONFAB_VERSION comes from the build"
#endif
