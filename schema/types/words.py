"""Enums of the registry and of programmes, with the Indonesian terms."""

from enum import StrEnum

from hub.domain.matches import MatchStatus
from hub.domain.principal import Role
from hub.matching.fields import Subject
from hub.matching.judgement import Outcome, VerdictStatus
from hub.matching.words import Operator
from schema.objects import words


@words(
    "Level of a region [wilayah].",
    PROVINCE="Provinsi, code of 2 digits.",
    REGENCY="Kabupaten or kota, such as 35.10.",
    SUBDISTRICT="Kecamatan, such as 35.10.01.",
    VILLAGE="Desa or kelurahan, such as 35.10.01.2001.",
)
class RegionLevel(StrEnum):
    """Level of a region."""

    PROVINCE = "PROVINCE"
    REGENCY = "REGENCY"
    SUBDISTRICT = "SUBDISTRICT"
    VILLAGE = "VILLAGE"


@words(
    "What is known of an identity number.",
    VALID="Of the right form, and nobody else holds it.",
    CONTESTED="Several hold it, so it proves nothing until that is cleared up.",
    MISSING="The district does not know it.",
    INVALID="What the district sent cannot be such a number; it is in quarantine.",
)
class NumberStatus(StrEnum):
    """What is known of an identity number."""

    VALID = "VALID"
    CONTESTED = "CONTESTED"
    MISSING = "MISSING"
    INVALID = "INVALID"


@words("Sex [jenis kelamin].", MALE="Laki-laki.", FEMALE="Perempuan.")
class Sex(StrEnum):
    """Sex."""

    MALE = "MALE"
    FEMALE = "FEMALE"


@words(
    "Vital status.",
    ALIVE="Alive [hidup].",
    DECEASED="Deceased [meninggal].",
    MOVED_ABROAD="Moved abroad [pindah ke luar negeri].",
)
class VitalStatus(StrEnum):
    """Vital status."""

    ALIVE = "ALIVE"
    DECEASED = "DECEASED"
    MOVED_ABROAD = "MOVED_ABROAD"


@words(
    "Level of schooling [jenjang pendidikan].",
    NONE="No school.",
    SD="Primary school [sekolah dasar].",
    SMP="Lower secondary school [sekolah menengah pertama].",
    SMA="Upper secondary school [sekolah menengah atas].",
    HIGHER="Higher education [pendidikan tinggi].",
)
class SchoolLevel(StrEnum):
    """Level of schooling."""

    NONE = "NONE"
    SD = "SD"
    SMP = "SMP"
    SMA = "SMA"
    HIGHER = "HIGHER"


@words("Disability [disabilitas].", NONE="None.", MILD="Mild [ringan].", SEVERE="Severe [berat].")
class Disability(StrEnum):
    """Disability."""

    NONE = "NONE"
    MILD = "MILD"
    SEVERE = "SEVERE"


@words(
    "Class of occupation [pekerjaan]; civil servants, military and police are excluded from most programmes.",
    NONE="No occupation.",
    FARMER="Farmer or fisher [petani, nelayan].",
    LABOURER="Labourer [buruh].",
    TRADER="Trader [pedagang].",
    EMPLOYEE="Employee [karyawan].",
    CIVIL_SERVANT="Civil servant [ASN].",
    MILITARY="Military [TNI].",
    POLICE="Police [Polri].",
    OTHER="Another occupation.",
)
class OccupationClass(StrEnum):
    """Class of occupation."""

    NONE = "NONE"
    FARMER = "FARMER"
    LABOURER = "LABOURER"
    TRADER = "TRADER"
    EMPLOYEE = "EMPLOYEE"
    CIVIL_SERVANT = "CIVIL_SERVANT"
    MILITARY = "MILITARY"
    POLICE = "POLICE"
    OTHER = "OTHER"


@words(
    "Status of an enrolment [kepesertaan].",
    ACTIVE="Receives.",
    INACTIVE="No longer receives.",
    DECEASED="Ended by death.",
)
class EnrolmentStatus(StrEnum):
    """Status of an enrolment."""

    ACTIVE = "ACTIVE"
    INACTIVE = "INACTIVE"
    DECEASED = "DECEASED"


@words(
    "How a roster line was held to be this household or person.",
    NIK="By the same valid NIK.",
    KK="By the same valid family card number.",
    KK_HISTORY="By a family card number that the household had before.",
    MEMBER_NIK="By the NIK of a member of the household.",
    PROBABILISTIC="By what name, birth date, place and numbers weigh together.",
    REVIEWED="Somebody looked at both records and said so.",
    REPORTED="The district itself reports it.",
)
class LinkMethod(StrEnum):
    """How a roster line was linked."""

    NIK = "NIK"
    KK = "KK"
    KK_HISTORY = "KK_HISTORY"
    MEMBER_NIK = "MEMBER_NIK"
    PROBABILISTIC = "PROBABILISTIC"
    REVIEWED = "REVIEWED"
    REPORTED = "REPORTED"


words("Whom a programme is given to.", PERSON="To a person.", HOUSEHOLD="To a household.")(Subject)
words(
    'What a rule says of a household or person. Missing data is UNKNOWN, never "not eligible".',
    ELIGIBLE="Meets every clause and is not served yet.",
    NOT_ELIGIBLE="A requirement is not met.",
    UNKNOWN="Not decided: something is not known.",
    EXCLUDED="Meets the requirements, and an exclusion applies.",
    ALREADY_ENROLLED="On the programme already.",
)(VerdictStatus)
words(
    "What a clause makes of a household or person.",
    PASS="The clause is met.",  # noqa: S106 -- an outcome, no password
    FAIL="The clause is not met.",
    MISSING="Something that the clause asks for is not known.",
)(Outcome)
words(
    "How a value has to stand to a threshold so that a clause is met.",
    EQ="The same.",
    NE="Another.",
    LT="Below.",
    LTE="At most.",
    GT="Above.",
    GTE="At least.",
    IN="One of several.",
    NOT_IN="None of several.",
    BETWEEN="From the first to the second.",
    OUTSIDE="Below the first or above the second.",
)(Operator)
words(
    "Where a match [pencocokan] stands.",
    PROPOSED="Proposed by a run.",
    RESERVED="A slot of a pool is held for it.",
    OFFERED="Offered to the household, until `expiresAt`.",
    ACCEPTED="Accepted by the household; the national system is asked to issue it.",
    ISSUED="Issued by the national system.",
    DECLINED="Declined by the household; the slot went back.",
    EXPIRED="Nobody answered the offer in time; the slot went back.",
    REJECTED="The national system refused, see `reasonCode`; the slot went back.",
    RELEASED="Given up; the slot went back.",
    SUPERSEDED="Another match took its place.",
    REVOKED="Taken back after it was issued.",
)(MatchStatus)
words(
    "What kind of party a client is.",
    MINISTRY_ANALYST="Analyst of the ministry: sees every region.",
    DISTRICT_OFFICER="Officer of a district: sees the own regency.",
    DISTRICT_SYSTEM="System of a district: sends and sees the own regency.",
    PARTNER_APP="Hospital, school or NGO.",
    ROUTER="Router that composes this hub with other subgraphs.",
)(Role)
