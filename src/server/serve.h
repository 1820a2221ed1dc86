/* `confab serve`: opens everything, runs until SIGTERM or SIGINT, drains, closes. */
#pragma once

struct config;

/* The process's exit status; what went wrong has been said on standard error. */
int serve_main(const struct config *config);
