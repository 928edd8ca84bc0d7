"""The GraphQL documents that the hub sends to a district. Values travel in variables only."""

_HOUSEHOLD = """
          id revision observedAt regionCode kkNumber previousKkNumbers address
          decile welfareSource welfarePeriod assistance
          members {
            id nik name sex birthDate birthPlace isHead vitalStatus isPregnant pregnancyDueOn
            schoolLevel isEnrolledInSchool disability hasChronicIllness occupationClass assistance
          }
"""
_CASE_FILE = """
          id revision observedAt number type category channel regionCode householdId
          status summary receivedAt closedAt hubReference isSensitive resolutionClass personId resolution
          descriptionVersion subjectVersion statusVersion
          assignments { agencyCode role status version assignedAt acknowledgedAt endedAt result }
"""
_VILLAGE_SERVICE = """
          id revision observedAt regionCode type status householdId personId eventOn otherRegionCode otherHouseholdId
          otherKkNumber requestedAt completedAt
"""
_CASE_UPDATE = """
          key revision observedAt caseFileId hubReference fieldGroup item decision refusal baseVersion version
          actor actorRole agencyCode reason happenedAt
          values {
            number channel regionCode receivedAt type category resolutionClass summary isSensitive householdId personId
            status resolution assignmentRole assignmentStatus assignedAt result note
            attachmentReference attachmentName mediaType byteSize escalationLevel
          }
"""

CHANGES = (
    """
query HubChanges($after: String, $first: Int!) {
  changes(after: $after, first: $first) {
    nodes {
      revision
      isRemoved
      entity {
        __typename
        ... on Household {"""
    + _HOUSEHOLD
    + """}
        ... on CaseFile {"""
    + _CASE_FILE
    + """}
        ... on CaseUpdate {"""
    + _CASE_UPDATE
    + """}
        ... on VillageService {"""
    + _VILLAGE_SERVICE
    + """}
        ... on MatchOutcome { matchReference revision observedAt outcome reason }
        ... on ReferralUpdate { key revision observedAt reference move reason toParty }
      }
    }
    cursor
    hasMore
  }
}
"""
)

DELIVER = """
mutation HubDeliver($matches: [MatchDeliveryInput!]!) {
  matchesDeliver(matches: $matches) { matchReference isAccepted reason }
}
"""

CASE_UPDATES = """
mutation HubCaseUpdates($updates: [CaseUpdateInput!]!) {
  caseUpdatesDeliver(updates: $updates) { key isAccepted refusal version caseFileId }
}
"""

CHECK = """
query HubCheck {
  _service { sdl }
  district { regionCode contractVersion }
}
"""

SEARCH = (
    """
query HubSearch($filter: CaseFileFilter!, $after: CaseFilePosition, $first: Int!) {
  caseFileSearch(filter: $filter, after: $after, first: $first) {
    nodes {
      __typename"""
    + _CASE_FILE
    + """}
    hasMore
  }
}
"""
)

COUNT = """
query HubCount($filter: CaseFileFilter!) {
  caseFileCount(filter: $filter)
}
"""

HOUSEHOLDS = (
    """
query HubHouseholds($representations: [_Any!]!) {
  _entities(representations: $representations) {
    __typename
    ... on Household {"""
    + _HOUSEHOLD
    + """}
  }
}
"""
)

_PAGE = """
query Hub%s($regionCode: String, $after: String, $first: Int!) {
  page: %s(regionCode: $regionCode, after: $after, first: $first) { nodes { __typename %s } cursor hasMore }
}
"""
VILLAGE_SERVICES = _PAGE % ("VillageServices", "villageServices", _VILLAGE_SERVICE)
VILLAGE_PROFILES = _PAGE % (
    "VillageProfiles",
    "villageProfiles",
    "id revision observedAt regionCode hasDoctor hasWifi bandwidthMbps smartKampung { criterion isMet }"
    " budgetLines { year activity planned released spent }",
)
POVERTY_SERIES = _PAGE % (
    "PovertySeries",
    "povertySeries",
    "id revision observedAt regionCode origin method points { year persons percent }",
)
