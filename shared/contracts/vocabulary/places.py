"""Words about who is where: parties, sites, buildings, leases, codes on walls."""

from shared.contracts.vocabulary.word import Word


class PartyType(Word):
    """主体类型: what a party is before the law."""

    ENTERPRISE = "enterprise", "企业"
    INDIVIDUAL_BUSINESS = "individual_business", "个体工商户"
    VILLAGE_COLLECTIVE = "village_collective", "村(社区)集体"
    STATE_PLATFORM = "state_platform", "国有平台"
    INSTITUTION = "institution", "机关事业单位"
    NATURAL_PERSON = "natural_person", "自然人"
    UNLICENSED = "unlicensed", "无证无照"


class PartyKind(Word):
    """主体角色: in which roles a party appears; it may have several."""

    LANDLORD = "landlord", "出租方"
    SECOND_LANDLORD = "second_landlord", "二房东"
    TENANT = "tenant", "承租企业"
    UNIFIED_MANAGER = "unified_manager", "统一管理人"


class PartyStatus(Word):
    """经营状态: whether the party still works."""

    PREPARING = "preparing", "筹建"
    OPERATING = "operating", "在营"
    SUSPENDED = "suspended", "停产"
    MOVED_OUT = "moved_out", "搬离"
    DEREGISTERED = "deregistered", "注销"
    LOST_CONTACT = "lost_contact", "失联"


class Scale(Word):
    """企业规模: the statistical size of an enterprise."""

    ABOVE = "above", "规上"
    BELOW = "below", "规下"
    MICRO = "micro", "小微"


class SiteKind(Word):
    """场所类型: in which role the party operates the site."""

    TENANT = "tenant", "承租场所"
    LANDLORD = "landlord", "出租场所"
    UNIFIED_MANAGER = "unified_manager", "统一管理场所"


class ScopeFlag(Word):
    """厂中厂类型: why the site is in the ledger."""

    SINGLE_BUILDING_SPLIT = "single_building_split", "同幢分割(分层)"
    WHOLE_BUILDING_LET = "whole_building_let", "整幢出租"
    COMPOUND_MULTI_UNIT = "compound_multi_unit", "同厂区多单位"
    SOLE_TENANT = "sole_tenant", "单一承租"
    PARK_IN_PARK = "park_in_park", "园中园"
    SELF_BUILT_HOUSE = "self_built_house", "自建房"


class SiteClosingReason(Word):
    """场所注销原因: why a site left the ledger."""

    MOVED_OUT = "moved_out", "搬离"
    DEREGISTERED = "deregistered", "注销"
    CLEARED = "cleared", "清退"
    DEMOLISHED = "demolished", "拆除"
    MERGED = "merged", "并入其他场所"
    DUPLICATE = "duplicate", "重复登记"
    OUT_OF_SCOPE = "out_of_scope", "不属于厂中厂"
    OTHER = "other", "其他"


class FireClass(Word):
    """火灾危险性类别: 甲 is the most dangerous."""

    A = "a", "甲"
    B = "b", "乙"
    C = "c", "丙"
    D = "d", "丁"
    E = "e", "戊"
    UNKNOWN = "unknown", "不明"


class FireResistance(Word):
    """耐火等级: class 1 withstands longest."""

    CLASS_1 = "class_1", "一级"
    CLASS_2 = "class_2", "二级"
    CLASS_3 = "class_3", "三级"
    CLASS_4 = "class_4", "四级"
    UNKNOWN = "unknown", "不明"


class FireAcceptance(Word):
    """消防验收(备案): whether the fire authority has accepted the building."""

    ACCEPTED = "accepted", "已验收"
    FILED = "filed", "已备案"
    MISSING = "missing", "未办理"
    LEGACY = "legacy", "历史遗留"
    NOT_REQUIRED = "not_required", "不需要"
    UNKNOWN = "unknown", "不明"


class ContactRole(Word):
    """联系人角色: for what a party can be reached through this contact."""

    LEGAL_REPRESENTATIVE = "legal_representative", "法定代表人"
    PRINCIPAL = "principal", "主要负责人"
    SAFETY_OFFICER = "safety_officer", "安全管理人员"
    DUTY = "duty", "值班"
    MANAGER = "manager", "管理人"
    OTHER = "other", "其他"


class LeaseState(Word):
    """租赁状态: where a lease stands between draft and move-out."""

    DRAFT = "draft", "草稿"
    ADMISSION = "admission", "准入审核"
    APPROVED = "approved", "审核通过"
    ACTIVE = "active", "履行中"
    EXPIRING = "expiring", "即将到期"
    EXPIRED = "expired", "已到期"
    TERMINATED = "terminated", "已解除"
    VACATED = "vacated", "已搬离"
    REJECTED = "rejected", "审核不通过"
    WITHDRAWN = "withdrawn", "已撤回"


class LeaseUse(Word):
    """租赁用途: what the rooms are let for."""

    PRODUCTION = "production", "生产"
    STORAGE = "storage", "仓储"
    OFFICE = "office", "办公"
    MIXED = "mixed", "混合"
    OTHER = "other", "其他"


class LeaseEndReason(Word):
    """租赁终止原因: why a lease ended."""

    EXPIRED = "expired", "到期"
    TERMINATED = "terminated", "解除"
    VACATED = "vacated", "搬离"
    REPLACED = "replaced", "续签换约"


class AgreementState(Word):
    """安全生产管理协议: whether landlord and tenant have signed who answers for what."""

    MISSING = "missing", "未签订"
    SIGNED = "signed", "已签订"
    IN_CONTRACT = "in_contract", "合同约定"
    EXPIRED = "expired", "已过期"
    UNKNOWN = "unknown", "不明"


class AdmissionDecision(Word):
    """联合会审意见: what the joint review advises (guidance, not a licence)."""

    APPROVED = "approved", "同意"
    APPROVED_WITH_CONDITIONS = "approved_with_conditions", "有条件同意"
    REJECTED = "rejected", "不同意"
    WITHDRAWN = "withdrawn", "撤回"


class CheckResult(Word):
    """检查结论: what an automatic check of the admission gate found."""

    PASSED = "passed", "通过"
    FLAGGED = "flagged", "提示"
    STOPPED = "stopped", "不予准入"
    UNKNOWN = "unknown", "资料不足"


class CodeHolder(Word):
    """安全码对象: what a code on the wall stands for."""

    SITE = "site", "场所码"
    BUILDING = "building", "楼栋码"
    LANDLORD = "landlord", "出租方码"


class CodeVoidReason(Word):
    """作废原因: why a code no longer holds."""

    REPLACED = "replaced", "换发"
    DAMAGED = "damaged", "损坏"
    LOST = "lost", "遗失"
    CLONED = "cloned", "被复制"
    HOLDER_CLOSED = "holder_closed", "对象注销"
    OTHER = "other", "其他"


class OfficerRole(Word):
    """网格责任: in which role an officer answers for a grid."""

    OFFICER = "officer", "网格员"
    DEPUTY = "deputy", "协助网格员"
    LEADER = "leader", "网格长"


class Crs(Word):
    """坐标系: in which coordinate system a point was given."""

    CGCS2000 = "cgcs2000", "国家大地坐标系"
    WGS84 = "wgs84", "WGS-84"
    GCJ02 = "gcj02", "火星坐标"
    BD09 = "bd09", "百度坐标"


class PlaceVerdict(Word):
    """位置核验: whether someone stood where he should have."""

    WITHIN = "within", "位置相符"
    OUTSIDE = "outside", "位置不符"
    UNKNOWN = "unknown", "无法核验"
