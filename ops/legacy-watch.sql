-- ops/legacy-watch.sql — what clerks change in the old table, noted for `jari sync watch`, which asks
-- Jari for the same. Once, by the owner; the trigger is written for ops/legacy-table.sql and names
-- its columns: a table of your own needs one like it.

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
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  -- What Jari writes itself is no clerk's change: so nothing goes round in a circle.
  IF current_setting('jari.sync', true) = 'on' THEN
    RETURN NULL;
  END IF;
  IF TG_OP = 'INSERT' THEN
    IF NEW.stat_cd = 'B' THEN
      INSERT INTO jari.changes (what, row_key, programme, person, site, slot, product)
      VALUES ('taken', NEW.appt_no, NEW.prog_cd, NEW.pers_ref, NEW.ctr_cd, NEW.slot_no, NEW.vac_cd);
    END IF;
  ELSIF OLD.src_cd = 'JARI' AND OLD.stat_cd = 'B' THEN
    IF TG_OP = 'DELETE' OR NEW.stat_cd = 'C' THEN
      INSERT INTO jari.changes (what, row_key) VALUES ('cancelled', OLD.appt_no);
    END IF;
  ELSIF OLD.stat_cd = 'B' THEN
    -- A clerk's own row that Jari has not made its own yet: it is not asked for. Where it may have
    -- been, `jari sync watch` asks until there is an answer, and cancels what came of it.
    IF TG_OP = 'DELETE' OR NEW.stat_cd = 'C' THEN
      UPDATE jari.changes SET state = 'taken back', answered_at = clock_timestamp()
        WHERE state = 'new' AND what = 'taken' AND row_key = OLD.appt_no;
      IF NOT FOUND THEN  -- it was asked for, and its row has Jari's id already
        INSERT INTO jari.changes (what, row_key) SELECT 'cancelled', OLD.appt_no
          WHERE EXISTS (SELECT FROM jari.changes WHERE what = 'taken' AND state = 'done'
                          AND appointment = OLD.appt_no);
      END IF;
    END IF;
  END IF;
  RETURN NULL;
END $$;

DROP TRIGGER IF EXISTS jari_note_change ON appointments;
CREATE TRIGGER jari_note_change AFTER INSERT OR UPDATE OF stat_cd OR DELETE ON appointments
  FOR EACH ROW EXECUTE FUNCTION jari.note_change();
