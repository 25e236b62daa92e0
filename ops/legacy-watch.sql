-- What clerks change in the old table, noted for `jari sync watch`, which asks Jari for the
-- same. Once, by the owner. Printed by `jari sync watch --print-trigger --legacy FILE`: for a
-- table of your own, print it anew from your file.

BEGIN;

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
  answer       text,            -- what Jari said, or why a human must look
  asked_at     timestamptz,     -- first; it may have been done since
  appointment  text,            -- what came of a place taken
  answered_at  timestamptz
);
CREATE INDEX IF NOT EXISTS changes_open ON jari.changes (id)
  WHERE state = 'new' OR (state = 'taken back' AND asked_at IS NOT NULL);
CREATE INDEX IF NOT EXISTS changes_conflicts ON jari.changes (id) WHERE state = 'conflict';
CREATE INDEX IF NOT EXISTS changes_of_rows ON jari.changes (row_key, id);
CREATE INDEX IF NOT EXISTS changes_of_appointments ON jari.changes (appointment, id)
  WHERE appointment IS NOT NULL;

-- A code of the file that its column does not take is said here, and nothing is made then.
DO $check$ BEGIN
  PERFORM coalesce(appointment."stat_cd" = 'B', false),
    coalesce(appointment."stat_cd" = 'C', false),
    appointment."prog_cd"::text,
    appointment."pers_ref"::text,
    appointment."ctr_cd"::text,
    appointment."slot_no"::text,
    appointment."vac_cd"::text
    FROM "appointments" AS appointment LIMIT 0;
END $check$;

CREATE OR REPLACE FUNCTION jari.note_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $jari$
#variable_conflict use_column
DECLARE
  key        text;     -- as it was
  was_booked boolean;
  is_booked  boolean;
  was_over   boolean;  -- cancelled
  is_over    boolean;  -- cancelled, or deleted
  new_key    text;
  was        text[];        -- programme, person, site, slot, product
  place      text[];        -- the same, now
  asked      jari.changes;  -- what Jari was or will be asked for of this row, last
  why        text;          -- a human must look; NULL: Jari is asked
BEGIN
  -- What Jari writes itself is no clerk's change: so nothing goes round in a circle.
  IF current_setting('jari.sync', true) = 'on' THEN
    RETURN NULL;
  END IF;
  key := OLD."appt_no"::text;  -- what there is no row for is NULL
  was_booked := coalesce(OLD."stat_cd" = 'B', false);
  was_over := coalesce(OLD."stat_cd" = 'C', false);
  is_booked := coalesce(NEW."stat_cd" = 'B', false);
  is_over := TG_OP = 'DELETE' OR coalesce(NEW."stat_cd" = 'C', false);
  IF NOT was_booked AND NOT is_booked THEN
    RETURN NULL;
  END IF;
  new_key := NEW."appt_no"::text;
  was := ARRAY[OLD."prog_cd"::text,
    OLD."pers_ref"::text,
    OLD."ctr_cd"::text,
    OLD."slot_no"::text,
    OLD."vac_cd"::text];
  place := ARRAY[NEW."prog_cd"::text,
    NEW."pers_ref"::text,
    NEW."ctr_cd"::text,
    NEW."slot_no"::text,
    NEW."vac_cd"::text];
  IF was_booked AND is_booked AND new_key = key AND was IS NOT DISTINCT FROM place THEN
    RETURN NULL;
  END IF;
  SELECT * INTO asked FROM (
    (SELECT * FROM jari.changes WHERE row_key = key AND what = 'taken'
       AND (asked_at IS NOT NULL OR state IN ('new', 'taken back')) ORDER BY id DESC LIMIT 1)
    UNION ALL
    (SELECT * FROM jari.changes WHERE appointment = key AND what = 'taken'
       AND (asked_at IS NOT NULL OR state IN ('new', 'taken back')) ORDER BY id DESC LIMIT 1)
  ) AS both_ways ORDER BY id DESC LIMIT 1;
  IF (SELECT src_cd = 'JARI' FROM (SELECT OLD.*) AS appointment)
      AND NOT (coalesce(asked.appointment = key, false)
        AND coalesce(OLD."ver_no"::text, '0') = '0') THEN
    IF was_booked AND is_over THEN
      INSERT INTO jari.changes (what, row_key) VALUES ('cancelled', key);
    ELSIF was_over AND is_booked THEN  -- by mistake; what else was changed `jari reconcile` lists
      UPDATE jari.changes SET state = 'taken back', answered_at = clock_timestamp()
        WHERE row_key = key AND what = 'cancelled' AND state = 'new' AND asked_at IS NULL;
      IF NOT FOUND THEN
        INSERT INTO jari.changes (what, row_key, state, answer, answered_at)
        VALUES ('cancelled', key, 'conflict',
                'the row was booked again, and to Jari it is cancelled', clock_timestamp());
      END IF;
    END IF;
    RETURN NULL;
  END IF;
  IF was_booked AND is_over THEN
    -- It is not asked for. Where it may have been, `jari sync watch` asks until there is an answer,
    -- and cancels what came of it.
    UPDATE jari.changes SET state = 'taken back', answered_at = clock_timestamp()
      WHERE row_key = key AND what = 'taken' AND state = 'new';
    IF NOT FOUND AND asked.state = 'done' AND asked.appointment = key THEN
      INSERT INTO jari.changes (what, row_key) VALUES ('cancelled', key);
    END IF;
    RETURN NULL;
  END IF;
  IF is_booked AND new_key = key AND asked.state <> 'conflict' AND place IS NOT DISTINCT FROM
      ARRAY[asked.programme, asked.person, asked.site, asked.slot, asked.product] THEN
    -- It is again what Jari is asked for.
    IF was_booked THEN
      RETURN NULL;
    END IF;
    UPDATE jari.changes SET state = 'new', answered_at = NULL
      WHERE id = asked.id AND state = 'taken back' AND asked_at IS NOT NULL;
    IF FOUND THEN
      RETURN NULL;
    END IF;
    UPDATE jari.changes SET state = 'taken back', answered_at = clock_timestamp()
      WHERE row_key = key AND what = 'cancelled' AND state = 'new' AND asked_at IS NULL;
    IF FOUND THEN
      RETURN NULL;
    END IF;
  END IF;
  IF was_booked THEN
    IF is_booked THEN
      UPDATE jari.changes SET row_key = new_key, programme = place[1], person = place[2],
          site = place[3], slot = place[4], product = place[5]
        WHERE id = asked.id AND state = 'new' AND asked_at IS NULL;
    ELSE  -- attended, or what only the table's owners know
      UPDATE jari.changes SET state = 'conflict', answered_at = clock_timestamp(),
          answer = 'the row was neither booked nor cancelled before Jari was asked for it'
        WHERE id = asked.id AND state = 'new' AND asked_at IS NULL;
    END IF;
    IF FOUND OR (NOT is_booked AND (asked.id IS NULL OR asked.state = 'conflict')) THEN
      RETURN NULL;
    END IF;
  END IF;
  -- Jari is asked where it has nothing of the row and will have nothing; all else is for a human.
  why := CASE
    WHEN is_booked AND asked.state = 'conflict' THEN NULL
    WHEN asked.id IS NULL AND was_booked THEN 'the row was changed, and Jari knows nothing of it'
    WHEN asked.id IS NULL OR (asked.state = 'taken back' AND asked.asked_at IS NULL) THEN NULL
    WHEN asked.appointment IS NULL THEN
      'the row was changed, and Jari was asked already for what it said before'
    WHEN was_over THEN
      'the row was booked again, and Jari was asked already to cancel ' || asked.appointment
    ELSE 'the row was changed, and Jari has booked it as ' || asked.appointment
  END;
  INSERT INTO jari.changes (what, row_key, programme, person, site, slot, product, state, answer,
                            answered_at)
  VALUES ('taken', new_key, place[1], place[2], place[3], place[4], place[5],
          CASE WHEN why IS NULL THEN 'new' ELSE 'conflict' END, why,
          CASE WHEN why IS NOT NULL THEN clock_timestamp() END);
  RETURN NULL;
END $jari$;

DROP TRIGGER IF EXISTS jari_note_change ON "appointments";
CREATE TRIGGER jari_note_change AFTER INSERT OR UPDATE OR DELETE ON "appointments"
  FOR EACH ROW EXECUTE FUNCTION jari.note_change();

COMMIT;
