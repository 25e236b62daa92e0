// The body of every record of the business, as `jari export` prints it.

#include "tests/consumers/export/golden.h"

namespace jari {

const std::map<std::string, std::string>& golden_bodies() {
  static const std::map<std::string, std::string> kBodies{
      {"QueueConfigured",
       R"({"queue":"queue","expects_version":7,"programme":"programme",)"
       R"("opens_at":"2021-07-12T11:00:00.000Z","closes_at":"2021-07-12T11:00:00.000Z",)"
       R"("rate_per_second":7,"inside_max":7,"session_seconds":7,)"
       R"("prequeue":{"opens_at":"2021-07-12T11:00:00.000Z",)"
       R"("closes_at":"2021-07-12T11:00:00.000Z","commitment":"commitment",)"
       R"("beacon_name":"beacon_name"},"message":"message","paused":true,"rejoin":true})"},
      {"PrequeueDrawn", R"({"queue":"queue","seed":"seed","beacon":"beacon"})"},
      {"TicketRequested", R"({"queue":"queue","person":"person"})"},
      {"TicketReturned", R"({"queue":"queue","person":"person"})"},
      {"SessionEnded", R"({"queue":"queue","person":"person","ticket":7})"},
      {"Admitted", R"({"person":"person","queue":"queue","ticket":7,"place":7,)"
                   R"("admitted_at":"2021-07-12T11:00:00.000Z","session_seconds":7})"},
      {"AdmissionEnded", R"({"person":"person","queue":"queue","ticket":7})"},
      {"AdmissionHeld", R"({"on":true,"why":"why"})"},
      {"ProgrammeConfigured",
       R"({"programme":"programme","expects_version":7,"version":7,"name":"name","queue":"queue",)"
       R"("cohorts":[{"cohort":"cohort","opens_at":"2021-07-12T11:00:00.000Z",)"
       R"("closes_at":"2021-07-12T11:00:00.000Z"}],"products":[{"product":"product","doses":7,)"
       R"("interval_days_min":7,"interval_days_max":7,"follows":["follows"]}],)"
       R"("active_appointments_max":7,"hold_seconds":7,"rebook_seconds":7})"},
      {"EligibilityGranted",
       R"({"person":"person","programme":"programme","cohort":"cohort","doses_done":7,)"
       R"("last_dose_on":"2021-07-13","last_product":"last_product"})"},
      {"EligibilityRevoked", R"({"person":"person","programme":"programme"})"},
      {"AttendanceRecorded", R"({"appointment":"appointment","attended":true})"},
      {"BookingRequested",
       R"({"person":"person","programme":"programme","site":"site","slot":"slot",)"
       R"("product":"product","hold":"hold","override":["cohort-not-open",)"
       R"("too-early-for-next-dose","too-late-for-next-dose"]})"},
      {"CancelRequested", R"({"appointment":"appointment","person":"person"})"},
      {"RescheduleRequested",
       R"({"appointment":"appointment","person":"person","site":"site","slot":"slot",)"
       R"("product":"product","override":["cohort-not-open","too-early-for-next-dose",)"
       R"("too-late-for-next-dose"]})"},
      {"ReservationGranted",
       R"({"appointment":"appointment","person":"person","site":"site","slot":"slot",)"
       R"("product":"product","starts_at":"2021-07-12T11:00:00.000Z","length_seconds":7,)"
       R"("starts_on":"2021-07-13","zone":"zone"})"},
      {"ReservationRefused",
       R"({"appointment":"appointment","person":"person","code":"invalid-request",)"
       R"("not_before":"2021-07-13","not_after":"2021-07-13"})"},
      {"HoldGranted", R"({"hold":"hold","person":"person","length_ms":7})"},
      {"HoldRefused",
       R"({"hold":"hold","person":"person","code":"invalid-request","not_before":"2021-07-13",)"
       R"("not_after":"2021-07-13"})"},
      {"HoldEnded", R"({"hold":"hold","person":"person","why":"expired"})"},
      {"AppointmentWithdrawn",
       R"({"appointment":"appointment","person":"person","site":"site","slot":"slot"})"},
      {"SitePublished",
       R"({"site":"site","name":"name","region":"region","zone":"zone","address":"address",)"
       R"("phone":"phone","latitude":0.000007,"longitude":0.000007,"expects_version":7})"},
      {"SlotPublished",
       R"({"site":"site","slot":"slot","starts_at":"2021-07-12T11:00:00.000Z","length_seconds":7,)"
       R"("capacity":7,"starts_on":"2021-07-13","zone":"zone","expects_version":7})"},
      {"SlotChanged",
       R"({"site":"site","slot":"slot","starts_at":"2021-07-12T11:00:00.000Z","length_seconds":7,)"
       R"("capacity":7,"starts_on":"2021-07-13","zone":"zone","expects_version":7})"},
      {"SlotWithdrawn", R"({"site":"site","slot":"slot","cancel":true})"},
      {"StockChanged", R"({"site":"site","product":"product","doses":7,"lost":true})"},
      {"Reserve",
       R"({"appointment":"appointment","person":"person","programme":"programme","site":"site",)"
       R"("slot":"slot","product":"product","not_before":"2021-07-13","not_after":"2021-07-13",)"
       R"("replaces":"replaces","hold":"hold","override":["cohort-not-open",)"
       R"("too-early-for-next-dose","too-late-for-next-dose"]})"},
      {"Release", R"({"appointment":"appointment","site":"site","slot":"slot"})"},
      {"HoldRequested",
       R"({"hold":"hold","person":"person","programme":"programme","site":"site","slot":"slot",)"
       R"("product":"product","not_before":"2021-07-13","not_after":"2021-07-13","length_ms":7,)"
       R"("replaces":"replaces","override":["cohort-not-open","too-early-for-next-dose",)"
       R"("too-late-for-next-dose"]})"},
      {"HoldConfirmed",
       R"({"hold":"hold","appointment":"appointment","person":"person","site":"site"})"},
      {"HoldReleaseRequested", R"({"hold":"hold","person":"person","site":"site"})"},
      {"DoseReturned", R"({"appointment":"appointment","site":"site","product":"product"})"},
      {"DoseTaken", R"({"appointment":"appointment","site":"site","product":"product"})"},
      {"Outcome",
       R"({"request":"request","asked":"AdmissionEnded","person":"person","decision":"granted",)"
       R"("code":"invalid-request","status":7,"queue":"queue","ticket":7,"programme":"programme",)"
       R"("programme_version":7,"appointment":{"appointment":"appointment",)"
       R"("programme":"programme","person":"person","site":"site","slot":"slot",)"
       R"("product":"product","dose":7,"starts_at":"2021-07-12T11:00:00.000Z",)"
       R"("starts_on":"2021-07-13","length_seconds":7,"zone":"zone","state":"booked",)"
       R"("cancelled_by":"person","slot_state":"withdrawn",)"
       R"("rebook_until":"2021-07-12T11:00:00.000Z","version":7},"hold":"hold","site":"site",)"
       R"("slot":"slot","product":"product","until":"2021-07-12T11:00:00.000Z",)"
       R"("used_rebook_right":true,"field":"field","opens_at":"2021-07-12T11:00:00.000Z",)"
       R"("not_before":"2021-07-13","not_after":"2021-07-13","version":7})"},
  };
  return kBodies;
}

}  // namespace jari
