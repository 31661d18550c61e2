"""Words about what was done: visits, campaigns, checks, complaints, consultations, training, drills."""

from shared.contracts.vocabulary.word import Word


class VisitType(Word):
    """到场类型: only ``admin_inspection`` is an inspection before the law, and only it counts to the yearly cap."""

    PATROL = "patrol", "网格巡查"
    GUIDANCE = "guidance", "指导服务"
    LANDLORD_CHECK = "landlord_check", "出租方检查"
    SELF_CHECK = "self_check", "企业自查"
    ADMIN_INSPECTION = "admin_inspection", "行政检查"
    RECHECK = "recheck", "整改复查"
    SPECIAL_CLUE = "special_clue", "投诉举报(转办、监测)核查"
    LEADER_SUPERVISION = "leader_supervision", "领导督导"
    JOINT_CONSULT = "joint_consult", "联合会诊"


class VisitResult(Word):
    """到场结果: what came of the visit."""

    OK = "ok", "未发现隐患"
    HAZARDS = "hazards", "发现隐患"
    NO_ONE = "no_one", "无人在场"
    CLOSED = "closed", "已停业或搬离"
    REFUSED = "refused", "拒绝检查"


class TargetState(Word):
    """排查进度: where a target of a campaign stands."""

    NOT_VISITED = "not_visited", "未排查"
    NO_ONE = "no_one", "无人在场"
    CLOSED = "closed", "已停业或搬离"
    REFUSED = "refused", "拒绝排查"
    HAZARDS_OPEN = "hazards_open", "隐患未清"
    CLEARED = "cleared", "已清零"
    NEW_FOUND = "new_found", "新发现"


class AlarmResult(Word):
    """一键响铃测试结果: whether everybody in the building would hear it."""

    WORKING = "working", "正常"
    PARTLY_WORKING = "partly_working", "部分区域不响"
    NOT_WORKING = "not_working", "不响"
    NO_POWER = "no_power", "未通电"


class ComplaintChannel(Word):
    """受理渠道: through what a complaint came."""

    HOTLINE_12345 = "hotline_12345", "12345"
    HOTLINE_12350 = "hotline_12350", "12350"
    CODE = "code", "扫码举报"
    PETITION = "petition", "信访"
    VISIT = "visit", "来访"
    OTHER = "other", "其他"


class ConsultationForm(Word):
    """会诊形式: as what a joint consultation is recorded."""

    GUIDANCE = "guidance", "指导服务"
    ADMIN_INSPECTION = "admin_inspection", "综合行政检查"


class ConsultationTrigger(Word):
    """会诊缘由: why several departments sit together."""

    RED_LEVEL = "red_level", "红色等级"
    REFUSED_TWICE = "refused_twice", "两次复核不通过"
    SEVERAL_DEPARTMENTS = "several_departments", "涉及多部门"
    DISPUTE = "dispute", "租赁双方争议"
    LISTED = "listed", "逐家会诊"
    OTHER = "other", "其他"


class TrainedRole(Word):
    """培训对象: in which role a person was trained."""

    PRINCIPAL = "principal", "主要负责人"
    SAFETY_OFFICER = "safety_officer", "安全管理人员"
    SPECIAL_OPERATOR = "special_operator", "特种作业人员"
    WORKER = "worker", "从业人员"
    WAREHOUSE_WORKER = "warehouse_worker", "仓储人员"


class CertificateState(Word):
    """证书状态: whether a certificate holds."""

    VALID = "valid", "有效"
    EXPIRING = "expiring", "即将到期"
    EXPIRED = "expired", "已过期"
    REVOKED = "revoked", "已撤销"
    MISSING = "missing", "无证"
    NOT_MATCHING = "not_matching", "人证不符"


class DrillType(Word):
    """演练类型: what a drill practised."""

    EVACUATION = "evacuation", "疏散"
    FIRE = "fire", "灭火"
    DUST = "dust", "粉尘爆炸"
    CONFINED_SPACE = "confined_space", "有限空间"
    CHEMICAL = "chemical", "危险化学品"
    OTHER = "other", "其他"
