"""Enums of how case files are worked, with the Indonesian terms."""

from enum import StrEnum

from hub.domain.agencies import AgencyKind
from hub.matching.linkage import LinkOutcome
from schema.objects import words

words(
    "What an agency [instansi] is.",
    DINAS_SOSIAL="Social affairs office of a regency [Dinas Sosial].",
    DINAS_KESEHATAN="Health office of a regency [Dinas Kesehatan].",
    DINAS_PENDIDIKAN="Education office of a regency [Dinas Pendidikan].",
    DINAS_PERTANIAN="Agriculture office of a regency [Dinas Pertanian].",
    DINAS_PERIKANAN="Fisheries office of a regency [Dinas Perikanan].",
    DINAS_PERUMAHAN="Housing office of a regency [Dinas Perumahan dan Kawasan Permukiman].",
    DPMD="Village affairs office of a regency [Dinas Pemberdayaan Masyarakat dan Desa].",
    DUKCAPIL="Civil registration of a regency [Dinas Kependudukan dan Pencatatan Sipil].",
    KESRA="Secretariat of a regency that distributes the case files [Bagian Kesejahteraan Rakyat].",
    UPT="Unit of a subdistrict that handles poverty [UPT Penanganan Kemiskinan].",
    PUSKESOS="Desk of a village [Puskesos].",
    KEMENSOS="Ministry of Social Affairs [Kementerian Sosial].",
    BPJS_KESEHATAN="National health insurance [BPJS Kesehatan].",
)(AgencyKind)


words(
    "Whether it is certain who is meant.",
    LINKED="It is certain.",
    REVIEW="Somebody has to choose.",
    NOT_LINKED="Nobody is known.",
)(LinkOutcome)


@words(
    "How a case file came in [kanal].",
    WALK_IN="At the desk [loket].",
    PHONE="By telephone.",
    WHATSAPP="By WhatsApp.",
    WEB="On the web.",
    APP="In the app.",
    VILLAGE_DESK="At the desk of a village [Puskesos].",
    HOME_VISIT="On a visit at home [kunjungan rumah].",
    SP4N_LAPOR="From SP4N-LAPOR!, the national complaint desk.",
    SOCIAL_MEDIA="From social media.",
    LETTER="By letter.",
    OUTREACH="Found by outreach [penjangkauan]: nobody reported it.",
    REFERRAL="Referred by another system [rujukan].",
)
class CaseChannel(StrEnum):
    """How a case file came in."""

    WALK_IN = "WALK_IN"
    PHONE = "PHONE"
    WHATSAPP = "WHATSAPP"
    WEB = "WEB"
    APP = "APP"
    VILLAGE_DESK = "VILLAGE_DESK"
    HOME_VISIT = "HOME_VISIT"
    SP4N_LAPOR = "SP4N_LAPOR"
    SOCIAL_MEDIA = "SOCIAL_MEDIA"
    LETTER = "LETTER"
    OUTREACH = "OUTREACH"
    REFERRAL = "REFERRAL"


@words(
    "How long the resolution of a case file may take.",
    INFORMATION="A question or suggestion [permintaan informasi].",
    REGULAR="A complaint, need, objection or proposal [pengaduan berkadar rendah].",
    OVERSIGHT="A complaint about officials [pengaduan berkadar pengawasan].",
)
class ResolutionClass(StrEnum):
    """How long the resolution of a case file may take."""

    INFORMATION = "INFORMATION"
    REGULAR = "REGULAR"
    OVERSIGHT = "OVERSIGHT"


@words(
    "What an agency is to a case file.",
    LEAD="It answers for the whole [penanggung jawab]; there is one at most.",
    SUPPORT="It does a part [pendukung].",
)
class AssignmentRole(StrEnum):
    """What an agency is to a case file."""

    LEAD = "LEAD"
    SUPPORT = "SUPPORT"


@words(
    "Where an assignment stands.",
    ASSIGNED="Given to the agency, which has not taken note yet.",
    ACKNOWLEDGED="The agency has taken note and works on it.",
    COMPLETED="The agency has done its part.",
    DECLINED="The agency says that it is not its to do.",
    HANDED_OVER="Another agency goes on.",
    WITHDRAWN="It was taken back.",
)
class AssignmentStatus(StrEnum):
    """Where an assignment stands."""

    ASSIGNED = "ASSIGNED"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    COMPLETED = "COMPLETED"
    DECLINED = "DECLINED"
    HANDED_OVER = "HANDED_OVER"
    WITHDRAWN = "WITHDRAWN"


@words(
    "What a line of history is about.",
    OPENING="It was opened.",
    DESCRIPTION="Type, category, class, summary, or whether it is sensitive.",
    SUBJECT="Whom it is about.",
    STATUS="Its status, with its resolution.",
    ASSIGNMENT="An agency's assignment.",
    ATTACHMENT="An attachment.",
    NOTE="A note, which changes nothing.",
    ESCALATION="It rose to the next level, being late.",
    REFERRAL="A referral.",
    PRELIST="Its household's way onto the list.",
    MATCH="A match that came of its need.",
)
class CaseFieldGroup(StrEnum):
    """What a line of history is about."""

    OPENING = "OPENING"
    DESCRIPTION = "DESCRIPTION"
    SUBJECT = "SUBJECT"
    STATUS = "STATUS"
    ASSIGNMENT = "ASSIGNMENT"
    ATTACHMENT = "ATTACHMENT"
    NOTE = "NOTE"
    ESCALATION = "ESCALATION"
    REFERRAL = "REFERRAL"
    PRELIST = "PRELIST"
    MATCH = "MATCH"


@words(
    "What became of a change.",
    APPLIED="It was made.",
    REFUSED="It lost against an earlier change of the other side, and is kept with the reason.",
)
class ChangeOutcome(StrEnum):
    """What became of a change."""

    APPLIED = "APPLIED"
    REFUSED = "REFUSED"
