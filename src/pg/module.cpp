// The module's entry point.
#include "pg/boundary.hpp"
#include "pg/packs.hpp"
#include "pg/settings.hpp"
#include "pg/workers.hpp"

extern "C" {
PG_MODULE_MAGIC;

void _PG_init(void);
}

extern "C" void _PG_init(void) {
    evolve::pg::define_gucs();
    evolve::pg::watch_own_changes();
    evolve::pg::register_launcher();
}
