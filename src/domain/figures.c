/* How the server is, for its administrators. */
#include "domain/access.h"
#include "store/data_admin.h"

void run_figures(struct run *r) {
    struct domain *d = r->domain;
    struct p_figures v = {0};
    if (!access_server(r))
        return;
    if (d->config.figures)
        d->config.figures(d->config.figures_arg, r->op->arena, &v);
    v.version = d->config.version;
    v.people = data_people_count(r->tx);
    v.reports = data_reports_count(r->tx);
    v.rooms = data_shared_rooms_count(r->tx);
    ANSWER(r, p_figures_put, &v);
}
