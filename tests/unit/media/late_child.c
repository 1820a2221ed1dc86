/* Stands in for a picture child that was taken over, or hangs: it listens to nobody and never ends.
 */
#include <unistd.h>

int main(void) {
    for (;;)
        pause();
}
