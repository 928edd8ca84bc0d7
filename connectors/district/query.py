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
          status summary receivedAt closedAt
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
        ... on VillageService {
          id revision observedAt regionCode type status householdId personId eventOn otherRegionCode otherHouseholdId
          otherKkNumber requestedAt completedAt
        }
        ... on MatchOutcome { matchReference revision observedAt outcome reason }
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
