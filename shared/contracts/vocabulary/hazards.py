"""Words about hazards: what they are, who found them, who must put them right, where they stand."""

from shared.contracts.vocabulary.word import Word


class HazardLevel(Word):
    """隐患级别: a major hazard is confirmed by a certified person or a panel, so the software only names candidates."""

    MINOR = "minor", "一般(轻微)"
    MEDIUM = "medium", "一般"
    SERIOUS = "serious", "一般(较重)"
    MAJOR_CANDIDATE = "major_candidate", "疑似重大"
    MAJOR = "major", "重大"


class HazardSource(Word):
    """隐患来源: who reported it; what parties report about themselves is not punished."""

    PATROL = "patrol", "网格化协查"
    ENFORCEMENT = "enforcement", "执法检查"
    GUIDANCE = "guidance", "指导服务"
    REVIEW = "review", "中介机构评审"
    CAMPAIGN = "campaign", "隐患排查"
    SELF_CHECK = "self_check", "企业自查"
    LANDLORD = "landlord", "出租方检查"
    WORKER = "worker", "员工上报"
    PUBLIC = "public", "举报投诉"
    MONITORING = "monitoring", "监测预警"
    DEPARTMENT = "department", "部门移送"
    DRILL = "drill", "应急演练"
    CONSULTATION = "consultation", "联合会诊"
    RULE = "rule", "系统规则"
    IMPORT = "import", "批量导入"


class HazardCategory(Word):
    """隐患类别: the default tree, letters A to S."""

    MANAGEMENT = "management", "管理"
    BUILDING = "building", "建筑与布局"
    EVACUATION = "evacuation", "疏散"
    FIRE_FACILITIES = "fire_facilities", "消防设施"
    ELECTRICAL = "electrical", "电气"
    HAZARDOUS_CHEMICALS = "hazardous_chemicals", "危险化学品与危险废物"
    DUST = "dust", "粉尘"
    SPRAYING = "spraying", "喷涂与废气治理"
    CONFINED_SPACE = "confined_space", "有限空间"
    DANGEROUS_OPERATIONS = "dangerous_operations", "动火等危险作业"
    SPECIAL_EQUIPMENT = "special_equipment", "特种设备"
    MACHINERY = "machinery", "机械防护"
    MOLTEN_METAL_AMMONIA = "molten_metal_ammonia", "高温熔融金属与涉氨"
    STORAGE = "storage", "仓储堆放"
    GAS = "gas", "燃气"
    E_BIKES_LITHIUM = "e_bikes_lithium", "电动自行车与锂电池"
    MIXED_USE = "mixed_use", "住宿与多合一"
    EMERGENCY = "emergency", "应急、演练与报警"
    OCCUPATIONAL_HEALTH = "occupational_health", "职业健康与个体防护"
    OTHER = "other", "其他"


class HazardState(Word):
    """隐患状态: where a hazard stands on its way from report to closing; overdue is a flag, not a state."""

    REPORTED = "reported", "已上报"
    CONFIRMED = "confirmed", "已确认"
    NOTIFIED = "notified", "已告知"
    RECTIFYING = "rectifying", "整改中"
    SUBMITTED = "submitted", "待复核"
    RETURNED = "returned", "退回整改"
    EXTENSION_REQUESTED = "extension_requested", "申请延期"
    TRANSFERRED = "transferred", "已移送"
    MAJOR_CANDIDATE = "major_candidate", "疑似重大"
    MAJOR_CONFIRMED = "major_confirmed", "重大已判定"
    LISTED = "listed", "挂牌督办"
    ACCEPTANCE_REQUESTED = "acceptance_requested", "申请验收"
    CLOSED = "closed", "已销号"
    REJECTED = "rejected", "不予认定"


class Duty(Word):
    """责任类型: what a party has to do about a hazard."""

    RESPONSIBLE = "responsible", "整改责任"
    URGING = "urging", "督促责任"


class HazardRejectionReason(Word):
    """不予认定原因: why a report is not kept as a hazard."""

    NOT_A_HAZARD = "not_a_hazard", "不构成隐患"
    DUPLICATE = "duplicate", "重复上报"
    WRONG_SITE = "wrong_site", "对象有误"
    UNFOUNDED = "unfounded", "查无实据"
    OTHER = "other", "其他"


class ReturnReason(Word):
    """退回原因: what the verifier missed in a rectification."""

    NOT_FIXED = "not_fixed", "未整改到位"
    PHOTO_UNCLEAR = "photo_unclear", "照片不清"
    OTHER_SCENE = "other_scene", "非同一场景"
    DOCUMENT_MISSING = "document_missing", "材料缺失"
    OTHER = "other", "其他"


class ExtensionReason(Word):
    """延期原因: why more time is asked for."""

    WORKS_NEEDED = "works_needed", "需工程施工"
    PARTS_ORDERED = "parts_ordered", "设备材料在途"
    PERMIT_PENDING = "permit_pending", "手续办理中"
    PRODUCTION_STOPPED = "production_stopped", "停产"
    WEATHER = "weather", "天气"
    OTHER = "other", "其他"


class TransferState(Word):
    """移送状态: how the other department answered."""

    OFFERED = "offered", "已移送"
    ACCEPTED = "accepted", "已接收"
    RETURNED = "returned", "已退回"


class DeterminedBy(Word):
    """判定主体: who may say that a hazard is major."""

    CERTIFIED_PERSON = "certified_person", "持证执法人员"
    EXPERT_PANEL = "expert_panel", "专家组"


class ListingLevel(Word):
    """挂牌层级: which government supervises a listed hazard."""

    COUNTY = "county", "县级"
    CITY = "city", "市级"
    PROVINCE = "province", "省级"


class Department(Word):
    """部门: whose field a matter is."""

    EMERGENCY = "emergency", "应急管理"
    FIRE = "fire", "消防救援"
    ECOLOGY = "ecology", "生态环境"
    HOUSING = "housing", "住房城乡建设"
    PLANNING = "planning", "自然资源和规划"
    INDUSTRY = "industry", "工业和信息化"
    MARKET = "market", "市场监管"
    POLICE = "police", "公安"
    POWER = "power", "供电"
    GAS = "gas", "燃气主管部门"
    LABOUR = "labour", "人力资源社会保障"
    TOWN = "town", "属地镇街(园区)"
    VILLAGE = "village", "村(社区)"
    OTHER = "other", "其他"
