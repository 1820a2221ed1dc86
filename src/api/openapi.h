/* The OpenAPI document as the build made it, in the binary. */
#pragma once

#include <stddef.h>

extern const unsigned char openapi_json[];
extern const size_t openapi_json_n;
