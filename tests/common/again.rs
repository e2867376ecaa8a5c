//! Copies of a database on the server, used again. Making one copies some 300 files of
//! PostgreSQL's own, which takes longer than most stories: a copy that nobody needs any more is
//! made what it was and given to the next one who wants one. Where anything but rows was
//! changed in it, it is dropped instead.

use std::sync::Mutex;

use super::server::Server;

/// Keeps the rows of the schema in another one, with a sum over everything else: definitions,
/// rights and settings. A constraint that was taken away and put back is the same one.
const KEEP: &str = "
DROP SCHEMA IF EXISTS kept CASCADE;
CREATE SCHEMA kept;
CREATE FUNCTION kept.sum() RETURNS TEXT LANGUAGE sql AS $$
    SELECT md5(string_agg(line, E'\\n' ORDER BY line)) FROM (
        SELECT concat_ws(' ', 'class', relname, relkind, relowner, relacl, relpersistence)
            FROM pg_class WHERE relnamespace = 'madoguchi'::regnamespace
        UNION ALL
        SELECT concat_ws(' ', 'column', attrelid::regclass, attname, atttypid, attnotnull, attacl)
            FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
            WHERE relnamespace = 'madoguchi'::regnamespace
        UNION ALL
        SELECT concat_ws(' ', 'trigger', tgname, tgenabled,
                CASE WHEN NOT tgisinternal THEN pg_get_triggerdef(oid) END) FROM pg_trigger
        UNION ALL
        SELECT concat_ws(' ', 'constraint', conrelid::regclass, conname,
                replace(pg_get_constraintdef(oid), ' NOT VALID', ''))
            FROM pg_constraint WHERE connamespace = 'madoguchi'::regnamespace
        UNION ALL
        SELECT concat_ws(' ', 'index', indexdef) FROM pg_indexes WHERE schemaname = 'madoguchi'
        UNION ALL
        SELECT concat_ws(' ', 'function', oid::regprocedure, prosrc, proacl, proconfig, prosecdef)
            FROM pg_proc WHERE pronamespace = 'madoguchi'::regnamespace
        UNION ALL
        SELECT concat_ws(' ', 'schema', nspname, nspowner, nspacl) FROM pg_namespace
            WHERE nspname !~ '^pg_(temp|toast_temp)_'
        UNION ALL
        SELECT concat_ws(' ', 'database', datdba, datacl, datconnlimit, datallowconn,
                (SELECT string_agg(setconfig::TEXT, ' ') FROM pg_db_role_setting
                 WHERE setdatabase = pg_database.oid))
            FROM pg_database WHERE datname = current_database()
    ) AS lines (line)
$$;
CREATE TABLE kept.names AS SELECT relname AS name, relkind AS kind FROM pg_class
    WHERE relnamespace = 'madoguchi'::regnamespace AND relkind IN ('r', 'S');
SELECT format('CREATE TABLE kept.%I AS TABLE madoguchi.%I', 'rows_of_' || name, name)
    FROM kept.names \\gexec
CREATE TABLE kept.sums AS SELECT kept.sum() AS sum;
";

/// Puts the rows back, past all triggers.
const PUT_BACK: &str = "
SET session_replication_role = replica;
DO $$
DECLARE
    what RECORD;
BEGIN
    IF kept.sum() <> (SELECT sum FROM kept.sums) THEN
        RAISE EXCEPTION 'more than rows was changed';
    END IF;
    FOR what IN SELECT name, kind FROM kept.names LOOP
        IF what.kind = 'S' THEN
            EXECUTE format('SELECT setval(%L, last_value, is_called) FROM kept.%I',
                'madoguchi.' || what.name, 'rows_of_' || what.name);
        ELSE
            EXECUTE format('DELETE FROM madoguchi.%I', what.name);
            EXECUTE format('INSERT INTO madoguchi.%I SELECT * FROM kept.%I',
                what.name, 'rows_of_' || what.name);
        END IF;
    END LOOP;
END $$;
";

/// A database to be copied, and the copies that nobody needs any more.
pub struct Template {
    name: String,
    free: Mutex<Vec<String>>,
}

impl Template {
    /// Of a database that nobody is connected to.
    pub fn of(server: &Server, name: &str) -> Self {
        server.psql(name, KEEP);
        Self { name: name.to_owned(), free: Mutex::default() }
    }

    /// A copy; its name, which no other database had before: whoever was connected to the one
    /// before does not find this one.
    pub fn copy(&self, server: &Server) -> String {
        while let Some(used) = self.taken() {
            let name = server.name("again");
            let put_back = format!(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{used}';
                 ALTER DATABASE {used} RENAME TO {name};
                 \\connect {name}
                 {PUT_BACK}"
            );
            if server.asked(super::server::SUPERUSER, "postgres", &put_back).is_ok() {
                return name;
            }
            server.drop_database(&used);
            server.drop_database(&name);
        }
        server.database_from(&self.name)
    }

    /// Takes a copy back.
    pub fn free(&self, name: String) {
        self.free.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(name);
    }

    fn taken(&self) -> Option<String> {
        self.free.lock().unwrap_or_else(std::sync::PoisonError::into_inner).pop()
    }
}
