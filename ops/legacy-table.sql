-- ops/legacy-table.sql — the appointments of an old booking system, as such tables look: short
-- names, codes, local date and time apart, a column for the clerks, indexes for their screens.
-- Stands for the table of a team's own; ops/legacy starts with it. Jari never changes its form.

CREATE TABLE appointments (
  appt_no   varchar(32)  NOT NULL,
  prog_cd   varchar(64)  NOT NULL,
  pers_ref  varchar(64)  NOT NULL,
  ctr_cd    varchar(64)  NOT NULL,
  slot_no   varchar(64)  NOT NULL,
  vac_cd    varchar(64)  NOT NULL,
  dose_no   smallint     NOT NULL CHECK (dose_no BETWEEN 1 AND 9),
  appt_dt   date         NOT NULL,
  appt_tm   time         NOT NULL,
  stat_cd   char(1)      NOT NULL CHECK (stat_cd IN ('B', 'C', 'A', 'M')),
  canc_cd   char(1)      NOT NULL DEFAULT ' ',
  ver_no    integer      NOT NULL,
  upd_ts    timestamptz  NOT NULL,
  src_cd    varchar(8)   NOT NULL DEFAULT 'CLERK',
  remark    varchar(200),
  CONSTRAINT appointments_pk PRIMARY KEY (appt_no)
);
CREATE INDEX appointments_day ON appointments (ctr_cd, appt_dt);
CREATE INDEX appointments_person ON appointments (pers_ref);
