/* Faults on purpose, for tests: a named place fails at its nth visit. Compiled in always (a relaxed
 * load where nothing is armed), armed only by tests and by CONFAB_FAULT=name:n (refused unless the
 * server listens on loopback only). */
#pragma once

#include <stdbool.h>

/* True when this visit shall fail. Any thread. */
bool fault_hit(const char *name);
/* The nth visit from now fails (1 = the next); 0 disarms. One place at a time. */
void fault_arm(const char *name, int nth);
/* Visits of the armed place since fault_arm. */
int fault_visits(void);
