"""The peer's tables: what the console keeps of the same roster, without sealing."""

from django.db import models


class Department(models.Model):
    path = models.CharField(max_length=200, unique=True)


class CostCenter(models.Model):
    code = models.CharField(max_length=30, unique=True)


class Plan(models.Model):
    """One for each name that it goes by."""

    name = models.CharField(max_length=100, unique=True)
    monthly_fen = models.IntegerField()
    cycle_fen = models.IntegerField()


class Person(models.Model):
    employee_number = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=60)
    document_type = models.CharField(max_length=30)
    document_no = models.CharField(max_length=40)
    document_until = models.CharField(max_length=10, null=True)
    department = models.ForeignKey(Department, models.PROTECT)
    cost_center = models.ForeignKey(CostCenter, models.PROTECT, null=True)
    phone = models.CharField(max_length=20, null=True)
    plan = models.ForeignKey(Plan, models.PROTECT)
    payment = models.CharField(max_length=20)
    monthly_fen = models.IntegerField()
    cycle_fen = models.IntegerField()
