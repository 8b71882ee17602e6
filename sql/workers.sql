-- Background workers that run what is due: src/pg/workers.hpp. docs/operations.md says how to use them.

CREATE FUNCTION evolve_start(role name DEFAULT current_user) RETURNS boolean
LANGUAGE c VOLATILE SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION evolve_start(name) IS
    'Starts a launcher for this database, which runs the jobs of evolve.jobs as the role until evolve_stop() or the end of the server; false when one runs already. The role is no superuser, may log in, and the caller is a member of it.';
REVOKE EXECUTE ON FUNCTION evolve_start(name) FROM PUBLIC;

CREATE FUNCTION evolve_stop() RETURNS boolean
LANGUAGE c VOLATILE SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION evolve_stop() IS
    'Ends the launcher that evolve_start() began for this database and waits until the jobs that it is running are done; false when there is none.';
REVOKE EXECUTE ON FUNCTION evolve_stop() FROM PUBLIC;
