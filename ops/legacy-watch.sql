-- What clerks change in the old table, noted for `jari sync watch`, which asks Jari for the
-- same. Once, by the owner. Printed by `jari sync watch --print-trigger --legacy FILE`: for a
-- table of your own, print it anew from your file.

CREATE TABLE IF NOT EXISTS jari.changes (
  id           bigserial PRIMARY KEY,
  noted_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  by_whom      text NOT NULL DEFAULT session_user,
  what         text NOT NULL CHECK (what IN ('cancelled', 'taken')),
  row_key      text NOT NULL,   -- of the row: Jari's id, or the clerk's own
  programme    text,            -- of a place taken, as the others
  person       text,
  site         text,
  slot         text,
  product      text,
  state        text NOT NULL DEFAULT 'new'
                 CHECK (state IN ('new', 'done', 'conflict', 'taken back')),
  answer       text,            -- what Jari said
  asked_at     timestamptz,     -- first; it may have been done since
  appointment  text,            -- what came of a place taken
  answered_at  timestamptz
);
CREATE INDEX IF NOT EXISTS changes_open ON jari.changes (id)
  WHERE state = 'new' OR (state = 'taken back' AND asked_at IS NOT NULL);
CREATE INDEX IF NOT EXISTS changes_conflicts ON jari.changes (id) WHERE state = 'conflict';

CREATE OR REPLACE FUNCTION jari.note_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $jari$
DECLARE
  was_booked boolean := false;
  is_over    boolean;  -- deleted, or cancelled now
BEGIN
  -- What Jari writes itself is no clerk's change: so nothing goes round in a circle.
  IF current_setting('jari.sync', true) = 'on' THEN
    RETURN NULL;
  END IF;
  IF TG_OP = 'INSERT' THEN
    IF NEW."stat_cd"::text = 'B' THEN
      INSERT INTO jari.changes (what, row_key, programme, person, site, slot, product)
      VALUES ('taken', NEW."appt_no"::text,
              NEW."prog_cd"::text,
              NEW."pers_ref"::text,
              NEW."ctr_cd"::text,
              NEW."slot_no"::text,
              NEW."vac_cd"::text);
    END IF;
    RETURN NULL;
  END IF;
  was_booked := OLD."stat_cd"::text = 'B';
  is_over := TG_OP = 'DELETE' OR NEW."stat_cd"::text = 'C';
  IF (SELECT src_cd = 'JARI' FROM (SELECT OLD.*) AS appointment) THEN
    IF was_booked AND is_over THEN
      INSERT INTO jari.changes (what, row_key) VALUES ('cancelled', OLD."appt_no"::text);
    END IF;
  ELSIF was_booked AND is_over THEN
    -- A clerk's own row that Jari has not made its own yet: it is not asked for. Where it may have
    -- been, `jari sync watch` asks until there is an answer, and cancels what came of it.
    UPDATE jari.changes SET state = 'taken back', answered_at = clock_timestamp()
      WHERE state = 'new' AND what = 'taken' AND row_key = OLD."appt_no"::text;
    IF NOT FOUND THEN  -- it was asked for, and its row has Jari's id already
      INSERT INTO jari.changes (what, row_key) SELECT 'cancelled', OLD."appt_no"::text
        WHERE EXISTS (SELECT FROM jari.changes WHERE what = 'taken' AND state = 'done'
                        AND appointment = OLD."appt_no"::text);
    END IF;
  END IF;
  RETURN NULL;
END $jari$;

DROP TRIGGER IF EXISTS jari_note_change ON "appointments";
CREATE TRIGGER jari_note_change AFTER INSERT OR UPDATE OF "stat_cd" OR DELETE ON "appointments"
  FOR EACH ROW EXECUTE FUNCTION jari.note_change();
