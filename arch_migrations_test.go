package tongban_test

import (
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// What a migration may not do to a table that exists already: a county has ten million rows in it, and the old binary still runs
// beside the new one. Each of these holds a lock while it reads or rewrites the whole table, or takes away what the old binary uses.
var locks = []struct {
	found *regexp.Regexp
	why   string
}{
	{regexp.MustCompile(`(?i)\bALTER TABLE (\w+)[^;]*\bALTER (?:COLUMN )?\w+ (?:SET DATA )?TYPE\b`), "changes a type, which rewrites the table under an exclusive lock; add a new column, write both, move the rows in a job"},
	{regexp.MustCompile(`(?i)\bALTER TABLE (\w+)[^;]*\bADD (?:COLUMN )?[^;]*\bDEFAULT \(?[^;,]*\w\s*\(`), "adds a column whose default is computed for each row, which rewrites the table; the default must be a constant"},
	{regexp.MustCompile(`(?i)\bALTER TABLE (\w+)[^;]*\bGENERATED ALWAYS AS\b`), "adds a computed column, which rewrites the table"},
	{regexp.MustCompile(`(?i)\bALTER TABLE (\w+)[^;]*\bSET NOT NULL\b`), "reads the whole table under an exclusive lock; add CHECK (… IS NOT NULL) NOT VALID and validate it in a later migration"},
	{regexp.MustCompile(`(?i)\bALTER TABLE (\w+)[^;]*\bADD (?:CONSTRAINT|CHECK|FOREIGN KEY|UNIQUE|PRIMARY KEY|EXCLUDE)\b[^;]*`), "reads the whole table under a lock; say NOT VALID and validate in a later migration, or build the index first and say USING INDEX"},
	{regexp.MustCompile(`(?i)\bALTER TABLE (\w+)[^;]*\bADD (?:COLUMN )?\w+ [^;]*\b(?:UNIQUE|PRIMARY KEY)\b[^;]*`), "builds an index while nobody can write; add the column, then the index concurrently"},
	{regexp.MustCompile(`(?i)\bALTER TABLE (\w+)[^;]*\bADD (?:COLUMN )?\w+ (?:[^;]*\bAS IDENTITY\b|(?:big|small)?serial\b)`), "numbers all rows, which rewrites the table"},
	{regexp.MustCompile(`(?i)\bALTER TABLE (\w+)[^;]*\bSET (?:TABLESPACE|LOGGED|UNLOGGED|ACCESS METHOD)\b`), "rewrites the table under an exclusive lock"},
	{regexp.MustCompile(`(?i)\bALTER TABLE (\w+)[^;]*\bDROP (?:COLUMN|CONSTRAINT)\b`), "takes away what the old binary still uses; drop it one release later"},
	{regexp.MustCompile(`(?i)\bALTER TABLE (\w+)[^;]*\bRENAME\b`), "renames what the old binary still uses"},
	{regexp.MustCompile(`(?i)\bDROP TABLE (?:IF EXISTS )?(\w+)`), "drops a table that the old binary still uses"},
	{regexp.MustCompile(`(?i)\bCREATE (?:UNIQUE )?INDEX (?:IF NOT EXISTS )?\w+ ON (\w+)`), "builds an index while nobody can write; say CREATE INDEX CONCURRENTLY in a .postgres.sql file with NO TRANSACTION, and the plain form in a .sqlite.sql file"},
	{regexp.MustCompile(`(?i)\bTRUNCATE (?:TABLE )?(\w+)`), "empties a table that the old binary still uses"},
	{regexp.MustCompile(`(?i)\bUPDATE (\w+)\s+SET\b`), "changes all rows in one transaction; move them in a job, in small steps"},
	{regexp.MustCompile(`(?i)\bDELETE FROM (\w+)\b`), "removes rows in one long transaction; do it in a job, in small steps"},
	{regexp.MustCompile(`(?i)\b(?:LOCK(?: TABLE)?|VACUUM FULL|CLUSTER|REINDEX TABLE) (\w+)`), "locks the whole table"},
}

// light is how a constraint is added without reading the table.
var light = regexp.MustCompile(`(?i)\b(?:NOT VALID|USING INDEX)\b`)

// dropIndex finds an index taken away under a lock; validated, a constraint proved.
var (
	dropIndex = regexp.MustCompile(`(?i)\bDROP INDEX (?:IF EXISTS )?[a-bd-z]\w*`)
	validated = regexp.MustCompile(`(?i)\bALTER TABLE (\w+)[^;]*\bVALIDATE CONSTRAINT\b`)
)

// added finds a column that must be filled and has no default: adding it fails as soon as there is a row, on both engines.
var added = regexp.MustCompile(`(?i)\bALTER TABLE (\w+)\s+ADD (?:COLUMN )?([^;]*)`)

// gentle refuses migrations that lock a table of an earlier migration or break the binary that still runs.
func gentle(h house) (out []string) {
	born := map[string]string{} // table -> the first file that makes it
	ownTables(h, func(file, table, _ string) {
		if at, known := born[table]; !known || file < at {
			born[table] = file
		}
	})
	h.each(".sql", func(name, text string) {
		if !strings.Contains(name, "/migrations/") {
			return
		}
		text, _, _ = strings.Cut(text, "-- +goose Down")
		text = comment.ReplaceAllString(text, "")
		older := func(table string) bool {
			at, known := born[strings.ToLower(table)]
			return known && path.Dir(at) == path.Dir(name) && number(at) < number(name)
		}
		for _, l := range locks {
			// SQLite has one writer and no concurrent form of an index: its own files may do what takes time there.
			if strings.HasSuffix(name, ".sqlite.sql") && strings.HasPrefix(l.why, "builds an index") {
				continue
			}
			for _, m := range l.found.FindAllStringSubmatch(text, -1) {
				if strings.Contains(m[0], "ADD") && light.MatchString(m[0]) {
					continue
				}
				if older(m[1]) {
					out = append(out, name+": "+m[1]+": "+l.why)
				}
			}
		}
		if m := dropIndex.FindString(text); m != "" && !strings.HasSuffix(name, ".sqlite.sql") {
			out = append(out, name+": "+m+": waits for everybody who reads, and everybody else for it; say DROP INDEX CONCURRENTLY in a .postgres.sql file with NO TRANSACTION")
		}
		for _, m := range validated.FindAllStringSubmatch(text, -1) {
			if strings.Contains(strings.ToUpper(text), "NOT VALID") {
				out = append(out, name+": "+m[1]+": validates under the lock of the constraint it has just added; do it in a later migration")
			}
		}
		for _, m := range added.FindAllStringSubmatch(text, -1) {
			what := strings.ToUpper(m[2])
			if older(m[1]) && strings.Contains(what, "NOT NULL") && !strings.Contains(what, "DEFAULT") && !strings.HasPrefix(what, "CONSTRAINT") {
				out = append(out, name+": "+m[1]+": adds a column that must be filled and has no default")
			}
		}
	})
	slices.Sort(out)
	return slices.Compact(out)
}

// number is what a migration's name begins with: 00002 of 00002_swept.sql.
func number(name string) string {
	n, _, _ := strings.Cut(path.Base(name), "_")
	return n
}

// harsh is a house with one migration that locks.
func harsh(statement string) house {
	return house{files: map[string]string{
		"handling/x/migrations/00001_x.sql": "-- +goose Up\nCREATE TABLE x_y (\n  id text PRIMARY KEY, n integer\n);",
		"handling/x/migrations/00002_y.sql": "-- +goose Up\n" + statement,
	}}
}

func TestMigrationsThatLockAreRefused(t *testing.T) {
	for _, statement := range []string{
		"ALTER TABLE x_y ALTER COLUMN n TYPE bigint;",                                                      // a migration changes no type
		"ALTER TABLE x_y ADD COLUMN token text DEFAULT gen_random_uuid();",                                 // a migration rewrites no table
		"ALTER TABLE x_y ADD COLUMN twice bigint GENERATED ALWAYS AS (n * 2) STORED;",                      // a migration computes no column
		"ALTER TABLE x_y ALTER COLUMN n SET NOT NULL;",                                                     // a migration proves nothing under a lock
		"ALTER TABLE x_y ADD CONSTRAINT positive CHECK (n > 0);",                                           // a constraint is validated later
		"ALTER TABLE x_y ADD CONSTRAINT noted CHECK (note <> '');",                                         // a word with NO in it is no NOT VALID
		"ALTER TABLE x_y ADD CHECK (n > 0);",                                                               // a constraint without a name reads the table too
		"ALTER TABLE x_y ADD FOREIGN KEY (n) REFERENCES x_z (id);",                                         // so does a reference
		"ALTER TABLE x_y ADD CONSTRAINT one UNIQUE (n);",                                                   // an index is built concurrently first
		"ALTER TABLE x_y ADD COLUMN m bigint UNIQUE;",                                                      // likewise
		"ALTER TABLE x_y ADD COLUMN m bigserial;",                                                          // a migration numbers no rows
		"ALTER TABLE x_y ADD COLUMN m bigint GENERATED BY DEFAULT AS IDENTITY;",                            // likewise
		"ALTER TABLE x_y SET UNLOGGED;",                                                                    // a migration rewrites no table
		"TRUNCATE x_y;",                                                                                    // a migration empties no table
		"LOCK x_y;",                                                                                        // a migration locks no table
		"DROP INDEX x_y_n;",                                                                                // an index goes concurrently, as it came
		"ALTER TABLE x_y ADD CONSTRAINT p CHECK (n > 0) NOT VALID; ALTER TABLE x_y VALIDATE CONSTRAINT p;", // it is validated later
		"ALTER TABLE x_y DROP COLUMN n;",                                                                   // the old binary keeps its columns
		"ALTER TABLE x_y RENAME COLUMN n TO m;",                                                            // the old binary keeps its names
		"DROP TABLE x_y;",                                                                                  // the old binary keeps its tables
		"CREATE INDEX x_y_n ON x_y (n);",                                                                   // an index of a full table is built concurrently
		"UPDATE x_y SET n = 0;",                                                                            // rows are moved in a job
		"DELETE FROM x_y WHERE n = 0;",                                                                     // rows are removed in a job
		"LOCK TABLE x_y;",                                                                                  // a migration locks no table
		"ALTER TABLE x_y ADD COLUMN m bigint NOT NULL;",                                                    // a new column of a full table has a default
	} {
		if len(gentle(harsh(statement))) == 0 {
			t.Errorf("passes: %s", statement)
		}
	}
}

func TestMigrationsThatLockNothingPass(t *testing.T) {
	for _, statement := range []string{
		"ALTER TABLE x_y ADD COLUMN m bigint;",
		"ALTER TABLE x_y ADD COLUMN m bigint NOT NULL DEFAULT 0;",
		"ALTER TABLE x_y ADD CONSTRAINT positive CHECK (n > 0) NOT VALID;",
		"ALTER TABLE x_y VALIDATE CONSTRAINT positive;",
		"ALTER TABLE x_y ADD CONSTRAINT one UNIQUE USING INDEX x_y_n;",
		"CREATE INDEX CONCURRENTLY IF NOT EXISTS x_y_n ON x_y (n);",
		"DROP INDEX CONCURRENTLY IF EXISTS x_y_n;",
		"CREATE TABLE x_z (id text PRIMARY KEY); CREATE INDEX x_z_id ON x_z (id);",
	} {
		if out := gentle(harsh(statement)); len(out) > 0 {
			t.Errorf("refused: %s: %s", statement, out)
		}
	}
}
